/** Design tokens: the looks of everything the component draws, in the page and in its frames. */

/** A CSS length; a bare number means pixels. */
export type SupportedDimensions = string | number

export interface Font {
  /** Installed on the shopper's device: frames of another origin cannot see the web fonts of the page. */
  fontFamily: string
  fontSize: SupportedDimensions
  lineHeight: SupportedDimensions
  fontWeight: number
  letterSpacing: SupportedDimensions
}

/** CSS colours. */
export type ColorTokens = {
  /** Main text. */
  colorPrimary: string
  /** Secondary text, placeholders, icons. */
  colorSecondary: string
  colorDisabled: string
  /** Text, border and icon of an error. */
  colorError: string
  /** Text on `colorAction`. */
  colorInverse: string
  /** Buttons, links, what is selected. */
  colorAction: string
  colorSuccess: string
  /** Behind the whole component. */
  colorBackground: string
  /** Behind inputs. */
  colorFormBackground: string
  /** Outer borders and dividers. */
  colorBorder: string
  /** Borders of inputs, on the sides that have no colour of their own. */
  colorFormBorder: string
  colorFormBorderTop?: string
  colorFormBorderRight?: string
  colorFormBorderBottom?: string
  colorFormBorderLeft?: string
  /** Focus ring. */
  colorOutline: string
}

/** First of form fields, second of buttons. */
export type BorderRadius = [SupportedDimensions, SupportedDimensions]

export type DesignTokens = {
  subheading: Partial<Font>
  label: Partial<Font>
  input: Partial<Font>
  button: Partial<Font>
  footnote: Partial<Font>
  borderRadius: BorderRadius
  /** Of inputs, on the sides that have no width of their own. */
  borderWidth: string
  borderWidthTop?: string
  borderWidthRight?: string
  borderWidthBottom?: string
  borderWidthLeft?: string
  focusOutlineWidth: string
} & ColorTokens

export type PartialDesignTokens = Partial<DesignTokens>
