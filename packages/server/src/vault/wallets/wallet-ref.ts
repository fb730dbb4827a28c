/** A wallet's token as every room but the vault sees it: which wallet, and a handle of this process's memory. */
import type { TokenWallet, WalletToken } from '@sluice/core/wallets/tokens'

export interface WalletRef {
  readonly type: TokenWallet
}

const tokens = new WeakMap<WalletRef, WalletToken>()

export function holdToken(type: TokenWallet, token: WalletToken): WalletRef {
  const wallet = Object.freeze({ type })
  tokens.set(wallet, token)
  return wallet
}

export function isWalletRef(value: object): value is WalletRef {
  return tokens.has(value as WalletRef)
}

/** @throws when this is no handle of this process */
export function tokenOf(wallet: WalletRef): WalletToken {
  const token = tokens.get(wallet)
  if (!token) throw new Error('not a wallet of this vault')
  return token
}
