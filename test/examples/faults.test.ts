import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { FaultSchema, faultKinds } from '../../examples/mock-server/fault-plan.js'
import { faults } from '../../examples/shared/faults.js'
import { stringsFor } from '../../examples/shared/language.js'

describe('the fault buttons', () => {
  it('are one for each fault that the server knows, and each has a name', () => {
    const kinds = faults.map(({ kind }) => kind).sort()
    expect(kinds).toEqual([...faultKinds].sort())
    expect(kinds).toEqual(Object.keys(stringsFor('en').faultLabels).sort())
  })

  it.each(faults)('ask for $kind in words that the server takes', (fault) => {
    expect(v.parse(FaultSchema, fault)).toEqual(fault)
  })
})
