import { test } from 'node:test'
import { startKillable } from '/work/main/test/support/crash.ts'
for (const spare of [false, true]) test(`start spare ${spare}`, async (t) => {
  const s = await startKillable(t, { spare })
  await s.start()
  for (let i = 0; i < 3; i++) {
    await new Promise(r=>setTimeout(r, 4000))
    await s.kill()
    const a = performance.now()
    await s.start()
    console.log(spare, performance.now() - a)
  }
})
