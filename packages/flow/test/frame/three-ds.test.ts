/** What is prepared for 3-D Secure before Pay, and that each preparation is good for one attempt. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { prepareThreeDs } from '../../src/frame/three-ds.ts'

const METHOD = { threeDSServerTransID: 't1', prepared: 'p1', methodUrl: 'https://acs.example/m', methodData: 'x' }

function world(answers: ({ status: number; body: unknown } | undefined)[], done = true) {
  const asked: string[] = []
  const opened: string[] = []
  const threeDs = prepareThreeDs(
    async (bin) => {
      asked.push(bin)
      return answers.length > 1 ? answers.shift() : answers[0]
    },
    async ({ url, transId }) => {
      opened.push(`${url} ${transId}`)
      return done
    },
  )
  return { threeDs, asked, opened }
}

test('eight digits begin it once, and Pay takes what it came to', async () => {
  const { threeDs, asked, opened } = world([{ status: 200, body: METHOD }])
  threeDs.begin('42424242')
  threeDs.begin('42424242')
  assert.deepEqual(await threeDs.take('42424242'), { prepared: 'p1', completion: 'Y' })
  assert.deepEqual([asked, opened], [['42424242'], ['https://acs.example/m t1']])
})

test('the next attempt is prepared anew, also with the same card', async () => {
  const { threeDs, asked } = world([{ status: 200, body: METHOD }])
  await threeDs.take('42424242')
  await threeDs.take('42424242')
  assert.equal(asked.length, 2)
})

test('a page that was not done in time is N, none is U', async () => {
  assert.equal((await world([{ status: 200, body: METHOD }], false).threeDs.take('42424242'))?.completion, 'N')
  const without = { threeDSServerTransID: 't1', prepared: 'p1' }
  assert.equal((await world([{ status: 200, body: without }]).threeDs.take('42424242'))?.completion, 'U')
})

test('a server that says nothing, or nothing of 3-D Secure, keeps nobody waiting, and no other address is opened', async () => {
  for (const answer of [undefined, { status: 500, body: METHOD }, { status: 200, body: {} }]) {
    assert.equal(await world([answer]).threeDs.take('42424242'), undefined)
  }
  const script = { ...METHOD, methodUrl: 'javascript:alert(1)' }
  const { threeDs, opened } = world([{ status: 200, body: script }])
  assert.equal((await threeDs.take('42424242'))?.completion, 'U')
  assert.deepEqual(opened, [])
})
