// @vitest-environment jsdom
import { cleanup, render, screen } from '@testing-library/react'
import * as React from 'react'
import * as ReactDom from 'react-dom'
import { afterEach, describe, expect, it } from 'vitest'

afterEach(cleanup)

const major = process.env.REACT_MAJOR ?? '19'

describe('the React that these tests run on', () => {
  it('is the one that the test project names, in every package', () => {
    const used = { react: React.version, 'react-dom': ReactDom.version }
    for (const [name, version] of Object.entries(used)) expect(version.split('.')[0], name).toBe(major)
  })

  it('is the one that Testing Library renders with', () => {
    const Version = () => <p role="status">{React.useState(React.version)[0].split('.')[0]}</p>
    render(<Version />)
    expect(screen.getByRole('status').textContent).toBe(major)
  })
})
