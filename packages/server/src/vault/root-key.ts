/** Where the root of all keys comes from: the setting, or in sandbox a file that is made once. */
import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { openKeyring } from './keyring.ts'
import { Secret } from './secret.ts'

const ROOT_BYTES = 32
const FILE_NAME = 'master.key'

type RootKeyConfig = Pick<Config, 'mode' | 'masterKey' | 'dataDir'>

/** @throws when the setting is not 32 bytes of base64, or is missing in production, or the file is damaged */
export function loadRootKey(config: RootKeyConfig): Secret {
  if (config.masterKey !== undefined) return decodeRootKey(config.masterKey, 'the master key')
  if (config.mode === 'production') throw new Error('production needs a master key: 32 bytes, base64')
  return keptRootKey(config.dataDir)
}

/** The same for the same root key and different for any other; nothing can be learned about the key from it. */
export function rootKeyCheck(config: RootKeyConfig): Buffer {
  return openKeyring(loadRootKey(config)).mac('mac/installation', 'root key')
}

/**
 * The key is written under a name of its own and then linked into place: of two servers that start at the same moment
 * one wins, and neither ever reads half a key.
 */
function keptRootKey(dataDir: string): Secret {
  const file = join(dataDir, FILE_NAME)
  const known = readIfThere(file)
  if (known !== undefined) return decodeRootKey(known, file)

  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${randomBytes(ROOT_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, file)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  chmodSync(file, 0o600)
  return decodeRootKey(readFileSync(file, 'utf8'), file)
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function decodeRootKey(text: string, where: string): Secret {
  const bytes = Buffer.from(text.trim(), 'base64')
  if (bytes.length !== ROOT_BYTES || bytes.toString('base64') !== text.trim()) {
    throw new Error(`${where} must be ${ROOT_BYTES} bytes in base64 (44 characters)`)
  }
  return new Secret(bytes)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
