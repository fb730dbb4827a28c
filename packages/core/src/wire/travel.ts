/** Flights and stays: what airlines and hotels add to a payment. */
import { Type } from 'typebox'
import { Phone } from './address.ts'
import { country, dayOrTime, list, opaque, text } from './values.ts'

const words = (description: string) => Type.Optional(text({ description }))

const traveller = {
  first_name: words('First name.'),
  last_name: words('Last name.'),
  date_of_birth: Type.Optional(dayOrTime('Date of birth.')),
}

const Ticket = Type.Object(
  {
    number: Type.Optional(opaque({ description: 'Ticket number.' })),
    issue_date: Type.Optional(dayOrTime('Day the ticket was issued.')),
    issuing_carrier_code: words('Airline that issued the ticket.'),
    travel_package_indicator: words('Whether the ticket is part of a package.'),
    travel_agency_name: words('Name of the travel agency.'),
    travel_agency_code: words('Code of the travel agency.'),
  },
  { description: 'The ticket.' },
)

const Passenger = Type.Object(
  {
    ...traveller,
    address: Type.Optional(
      Type.Object({ country: Type.Optional(country('Country.')) }, { description: 'Where the passenger lives.' }),
    ),
  },
  { description: 'A passenger.' },
)

const FlightLeg = Type.Object(
  {
    flight_number: words('Flight number.'),
    carrier_code: words('Airline code.'),
    class_of_travelling: words('Travel class.'),
    class_of_traveling: words('Travel class, in its other spelling.'),
    service_class: words('Travel class, under its former name.'),
    departure_airport: words('Airport of departure.'),
    departure_date: Type.Optional(dayOrTime('Day of departure.')),
    departure_time: words('Time of departure.'),
    arrival_airport: words('Airport of arrival.'),
    stopover_code: words('Whether a stopover is allowed.'),
    fare_basis_code: words('Fare basis code.'),
  },
  { description: 'A leg of the flight.' },
)

export const AirlineData = list(
  Type.Object(
    {
      ticket: Type.Optional(Ticket),
      passenger: Type.Optional(list(Passenger, 'Who flies.')),
      flight_leg_details: Type.Optional(list(FlightLeg, 'The legs of the flight.')),
    },
    { description: 'A flight.' },
  ),
  'Flights that are paid.',
)

const Room = Type.Object(
  {
    rate: Type.Optional(
      Type.Union([text({ description: 'As text.' }), Type.Number({ description: 'As a number.' })], {
        description: 'Rate per night.',
      }),
    ),
    number_of_nights_at_room_rate: Type.Optional(
      Type.Union([text({ description: 'As text.' }), Type.Number({ description: 'As a number.' })], {
        description: 'Nights at this rate.',
      }),
    ),
  },
  { description: 'A room.' },
)

export const AccommodationData = list(
  Type.Object(
    {
      name: words('Name of the house.'),
      booking_reference: words('Booking reference.'),
      check_in_date: Type.Optional(dayOrTime('Day of arrival.')),
      check_out_date: Type.Optional(dayOrTime('Day of departure.')),
      address: words('Street address.'),
      state: words('State or region.'),
      country: Type.Optional(country('Country.')),
      city: words('City.'),
      number_of_rooms: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000, description: 'Rooms booked.' })),
      guests: Type.Optional(list(Type.Object(traveller, { description: 'A guest.' }), 'Who stays.')),
      room: Type.Optional(list(Room, 'The rooms.')),
      property_phone: Type.Optional(list(Phone, 'Phone numbers of the house.')),
      customer_service_phone: Type.Optional(list(Phone, 'Phone numbers of customer service.')),
    },
    { description: 'A stay.' },
  ),
  'Stays that are paid.',
)
