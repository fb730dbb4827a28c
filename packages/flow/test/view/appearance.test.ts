import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APPEARANCE_NAMES, appearanceFrom, safeValue } from '../../src/common/appearance.ts'

test('every design token becomes a custom property', () => {
  const font = {
    fontFamily: '"Inter", sans-serif',
    fontSize: 15,
    lineHeight: '22px',
    fontWeight: 700,
    letterSpacing: 0,
  }
  const colors = 'Primary Secondary Disabled Error Inverse Action Success Background FormBackground Border FormBorder'
  const tokens: Record<string, unknown> = { colorOutline: 'rgb(1 2 3 / 50%)', focusOutlineWidth: '3px', borderWidth: 1 }
  for (const color of colors.split(' ')) tokens[`color${color}`] = '#123456'
  for (const side of ['Top', 'Right', 'Bottom', 'Left']) {
    tokens[`colorFormBorder${side}`] = 'hsl(1, 2%, 3%)'
    tokens[`borderWidth${side}`] = '2px'
  }
  for (const name of ['subheading', 'label', 'input', 'button', 'footnote']) tokens[name] = font
  const made = appearanceFrom({ ...tokens, borderRadius: ['8px', 24] })
  assert.deepEqual(
    Object.keys(made).sort(),
    APPEARANCE_NAMES.filter((name) => name !== 'color-scheme').sort((a, b) => (a < b ? -1 : 1)),
  )
  assert.equal(made['border-radius'], '8px')
  assert.equal(made['button-radius'], '24px')
  assert.equal(made['border-width'], '1px')
  assert.equal(made['color-form-border-top'], 'hsl(1, 2%, 3%)')
  assert.equal(made['input-font-family'], '"Inter", sans-serif')
})

test('a bare number means pixels, but for a weight and for a line height that can only be a factor', () => {
  const made = appearanceFrom({
    label: { fontSize: 14, lineHeight: 1.5, fontWeight: 600, letterSpacing: 0.5 },
    input: { fontSize: '16', lineHeight: 24 },
    borderRadius: 4,
  })
  assert.deepEqual(made, {
    'border-radius': '4px',
    'button-radius': '4px',
    'label-font-size': '14px',
    'label-line-height': '1.5',
    'label-font-weight': '600',
    'label-letter-spacing': '0.5px',
    'input-font-size': '16px',
    'input-line-height': '24px',
  })
})

test('tokens that are unknown or of the wrong kind are left out', () => {
  assert.deepEqual(
    appearanceFrom({ colorFoo: 'red', colorAction: {}, label: 'bold', borderRadius: [null], input: null }),
    {},
  )
  assert.deepEqual(appearanceFrom(undefined), {})
})

test('a value that could load, run or end the declaration is refused', () => {
  const refused = [
    'url(https://evil.example/x)',
    'URL (x)',
    'image-set("x" 1x)',
    'red; background: blue',
    'red} * {color: blue',
    '@import "x"',
    'expression(alert(1))',
    '</style>',
    '\\75rl(x)',
    'red /* hidden',
    '',
    'a'.repeat(201),
  ]
  for (const value of refused) assert.equal(safeValue('color-action', value), undefined, value)
  for (const value of [
    '#0b6',
    'rgb(1 2 3 / .5)',
    'calc(1px + 2%)',
    'var(--brand)',
    'color-mix(in srgb, red 10%, blue)',
  ]) {
    assert.equal(safeValue('color-action', ` ${value} `), value)
  }
  assert.equal(safeValue('unknown', 'red'), undefined)
  assert.equal(safeValue('color-scheme', 'light dark'), undefined)
})
