import { describe, expect, it } from 'vitest'
import { pathQuality } from '../../src/probe/path-quality.ts'

describe('the quality of a path', () => {
  it('least, mean and greatest round trip, and the mean step between neighbours', () => {
    expect(pathQuality(4, [10, 14, 11, 11])).toEqual({
      samples: 4,
      lost: 0,
      minMs: 10,
      avgMs: 11.5,
      maxMs: 14,
      // 4, 3 and 0.
      jitterMs: 2.333,
    })
  })

  it('a delay that only differs from the others by being steady has no jitter', () => {
    expect(pathQuality(3, [600, 600, 600])).toMatchObject({ avgMs: 600, jitterMs: 0 })
  })

  it('what was not answered is lost', () => {
    expect(pathQuality(20, [1, 2])).toMatchObject({ samples: 20, lost: 18, jitterMs: 1 })
  })

  it('one answer has no jitter, none has no times', () => {
    expect(pathQuality(2, [0.2])).toMatchObject({ lost: 1, avgMs: 0.2, jitterMs: null })
    expect(pathQuality(2, [])).toEqual({
      samples: 2,
      lost: 2,
      minMs: null,
      avgMs: null,
      maxMs: null,
      jitterMs: null,
    })
  })

  it('an answer a second late is the repetition of one that was lost', () => {
    expect(pathQuality(3, [1020.4, 20, 21])).toEqual({
      samples: 3,
      lost: 1,
      minMs: 20,
      avgMs: 20.5,
      maxMs: 21,
      jitterMs: 1,
    })
    // On a way that long it is its own.
    expect(pathQuality(2, [1020, 1100])).toMatchObject({ lost: 0, maxMs: 1100 })
  })
})
