/** The risk assessment, and what is known of the shopper's device. */
import { Type } from 'typebox'
import { flag, id, text, timestamp } from './values.ts'

const shortText = (maxLength: number, description: string) => text({ minLength: 1, maxLength, description })

const Device = Type.Object(
  {
    user_agent: Type.Optional(text({ maxLength: 2048, description: 'User agent of the browser.' })),
    network: Type.Optional(
      Type.Object(
        {
          ipv4: Type.Optional(Type.String({ format: 'ipv4-address', description: 'IPv4 address.' })),
          ipv6: Type.Optional(Type.String({ format: 'ipv6-address', description: 'IPv6 address.' })),
          tor: Type.Optional(flag('Reached through Tor.')),
          vpn: Type.Optional(flag('Reached through a VPN.')),
          proxy: Type.Optional(flag('Reached through a proxy.')),
        },
        { description: 'How the device is connected.' },
      ),
    ),
    provider: Type.Optional(
      Type.Object(
        {
          id: Type.Optional(text({ description: 'Id of the provider.' })),
          name: Type.Optional(text({ description: 'Name of the provider.' })),
        },
        { description: 'Who collected the device data.' },
      ),
    ),
    timestamp: Type.Optional(timestamp('When the device data was collected.')),
    timezone: Type.Optional(shortText(5, 'Minutes between UTC and the local time of the browser.')),
    virtual_machine: Type.Optional(flag('Runs in a virtual machine.')),
    incognito: Type.Optional(flag('Private browsing.')),
    jailbroken: Type.Optional(flag('Jailbroken device.')),
    rooted: Type.Optional(flag('Rooted device.')),
    java_enabled: Type.Optional(flag('The browser runs Java.')),
    javascript_enabled: Type.Optional(flag('The browser runs JavaScript.')),
    language: Type.Optional(shortText(12, 'Language of the browser.')),
    color_depth: Type.Optional(shortText(2, 'Bits per pixel.')),
    screen_height: Type.Optional(shortText(6, 'Height of the screen in pixels.')),
    screen_width: Type.Optional(shortText(6, 'Width of the screen in pixels.')),
    user_agent_client_hint: Type.Optional(text({ description: 'Client hints of the browser.' })),
    iframe_payment_allowed: Type.Optional(flag('The page may ask for a payment in a frame.')),
    accept_header: Type.Optional(text({ maxLength: 2048, description: '`Accept` header of the browser.' })),
  },
  { description: "The shopper's device." },
)

export const Risk = Type.Object(
  {
    enabled: flag('Assess the risk of this payment. Without `risk` it is assessed.'),
    device_session_id: Type.Optional(id('dsid', 'Device session of the risk script.')),
    device: Type.Optional(Device),
  },
  { description: 'Risk assessment.' },
)
