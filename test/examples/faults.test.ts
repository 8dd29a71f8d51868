import { describe, expect, it } from 'vitest'
import { faults } from '../../examples/shared/faults.js'
import { stringsFor } from '../../examples/shared/language.js'

describe('the fault buttons', () => {
  it('are one for each fault that has a name', () => {
    const named = Object.keys(stringsFor('en').faultLabels).sort()
    expect(faults.map(({ kind }) => kind).sort()).toEqual(named)
  })
})
