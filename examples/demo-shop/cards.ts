/** Cards of the simulator that show one thing each; `docs/guide/testing-with-the-simulator.md` has all of them. */

export interface TestCard {
  number: string
  expiry: string
  cvv: string
  outcome: string
  kind: 'good' | 'bad' | 'asks'
}

export const TEST_CARDS: readonly TestCard[] = [
  { number: '4242 4242 4242 4242', expiry: '12/30', cvv: '100', outcome: 'Approved', kind: 'good' },
  { number: '5436 0310 3060 6378', expiry: '12/30', cvv: '257', outcome: 'Approved, Mastercard', kind: 'good' },
  { number: '3456 789012 34564', expiry: '12/30', cvv: '1051', outcome: 'Approved, four-digit code', kind: 'good' },
  { number: '4010 0617 0000 0021', expiry: '12/30', cvv: '100', outcome: 'Approved, two brands', kind: 'good' },
  { number: '4544 2491 6767 3670', expiry: '12/30', cvv: '100', outcome: 'Declined, not enough money', kind: 'bad' },
  { number: '4539 4679 8710 9256', expiry: '12/30', cvv: '100', outcome: 'Declined, try again', kind: 'bad' },
  {
    number: '4724 1172 1595 1699',
    expiry: '12/30',
    cvv: '100',
    outcome: 'Declined, the bank says expired',
    kind: 'bad',
  },
  { number: '4941 2020 6099 9329', expiry: '12/30', cvv: '100', outcome: 'Declined, card was lost', kind: 'bad' },
  { number: '4242 4242 4242 4241', expiry: '12/30', cvv: '100', outcome: 'A slip: refused by the form', kind: 'bad' },
  { number: '4242 4242 4242 4242', expiry: '01/20', cvv: '100', outcome: 'Expired: refused by the form', kind: 'bad' },
]

/** For orders with 3-D Secure switched on. */
export const CARDS_WITH_3DS: readonly TestCard[] = [
  { number: '4242 4242 4242 4242', expiry: '12/30', cvv: '100', outcome: 'The bank asks for Checkout1!', kind: 'asks' },
  { number: '4485 0403 7153 6584', expiry: '12/30', cvv: '100', outcome: 'Approved without asking', kind: 'good' },
  { number: '4539 6283 4711 7863', expiry: '12/30', cvv: '100', outcome: 'Does not authenticate', kind: 'bad' },
]
