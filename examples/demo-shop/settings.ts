/** What can be switched in the shop to see how the form behaves: kept for each visitor, chosen in the panel. */

interface Choice {
  label: string
  /** `[value, label]`; the first is what a new visitor has. */
  choices: readonly (readonly [value: string, label: string])[]
}

export const SETTINGS = {
  integration: {
    label: 'Integration',
    choices: [
      ['script', 'Our script tag'],
      ['official', 'Official npm package, unchanged'],
      ['server', 'handleSubmit through the shop’s server'],
      ['sessionless', 'Sessionless, with complete'],
    ],
  },
  theme: {
    label: 'Appearance',
    choices: [
      ['auto', 'As the device'],
      ['light', 'Light'],
      ['dark', 'Dark'],
      ['clay', 'The shop’s own theme'],
    ],
  },
  locale: {
    label: 'Language of the form',
    choices: [
      ['en-GB', 'English'],
      ['ar', 'العربية'],
      ['da-DK', 'Dansk'],
      ['de-DE', 'Deutsch'],
      ['el', 'Ελληνικά'],
      ['es-ES', 'Español'],
      ['fi-FI', 'Suomi'],
      ['fil-PH', 'Filipino'],
      ['fr-FR', 'Français'],
      ['hi-IN', 'हिन्दी'],
      ['id-ID', 'Bahasa Indonesia'],
      ['it-IT', 'Italiano'],
      ['ja-JP', '日本語'],
      ['ko-KR', '한국어'],
      ['ms-MY', 'Bahasa Melayu'],
      ['nb-NO', 'Norsk bokmål'],
      ['nl-NL', 'Nederlands'],
      ['pt-PT', 'Português'],
      ['sv-SE', 'Svenska'],
      ['th-TH', 'ไทย'],
      ['vi-VN', 'Tiếng Việt'],
      ['zh-CN', '简体中文'],
      ['zh-HK', '繁體中文（香港）'],
      ['zh-TW', '繁體中文（台灣）'],
    ],
  },
  layout: {
    label: 'Card form',
    choices: [
      ['installed', 'As the installation says'],
      ['single', 'One frame for the card'],
      ['per-field', 'One frame for each field'],
    ],
  },
  redirect: {
    label: 'The bank’s page',
    choices: [
      ['overlay', 'Above the shop'],
      ['page', 'On a page of its own'],
    ],
  },
  threeDs: {
    label: '3-D Secure',
    choices: [
      ['off', 'Do not ask the bank'],
      ['on', 'Ask the shopper’s bank'],
    ],
  },
  bank: {
    label: 'The simulated bank',
    choices: [
      ['', 'Answers at once'],
      ['slow:4000', 'Takes four seconds'],
      ['pending:5', 'Decides after five seconds'],
      ['timeout', 'Never answers'],
    ],
  },
} as const satisfies Record<string, Choice>

export type SettingName = keyof typeof SETTINGS
export type Settings = { [Name in SettingName]: (typeof SETTINGS)[Name]['choices'][number][0] }

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[]

export const DEFAULTS = Object.fromEntries(
  SETTING_NAMES.map((name) => [name, SETTINGS[name].choices[0][0]]),
) as Settings

/** The settings with what was given laid over them; names and values nobody knows are left out. */
export function changed(settings: Settings, given: URLSearchParams): Settings {
  const known = SETTING_NAMES.filter((name) => SETTINGS[name].choices.some(([value]) => value === given.get(name)))
  return { ...settings, ...Object.fromEntries(known.map((name) => [name, given.get(name)])) }
}
