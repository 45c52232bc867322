"""Invented products and services, the raw material that make_seed draws from."""

from __future__ import annotations

#: name | sales price | purchase price | tax percent | description ("" for none).
#: The row number is the CRM id and gives the code SKU-1001 and on.
PRODUCTS = """
Oak reading desk 120 cm|389.00|212.40|20|Solid oak, oiled, two drawers
Oak reading desk 160 cm|469.00|258.00|20|Solid oak, oiled, three drawers
Task chair, mesh back|184.50|96.75|20|Height and tilt adjustable, grey
Stacking chair, beech|62.90|31.20|20|Stacks eight high
Pine shelf 90 cm|48.75|22.10|20|Untreated, with brackets
Pine shelf 180 cm|84.25|39.90|20|Untreated, with brackets
Pendant lamp, copper|119.00|64.00|20|60 W, cloth cable 2 m
Desk lamp, folding|44.95|21.35|20|LED, warm white
Filing cabinet, 3 drawers|159.00|88.20|20|Lockable, powder coated
Whiteboard 120 x 90|78.40|40.00|20|
Ground coffee 1 kg|14.80|8.95|0|House blend, medium roast
Espresso beans 1 kg|17.25|10.40|0|Dark roast
Assam tea, 250 bags|11.60|6.20|0|Fair trade
Darjeeling, loose, 500 g|16.40|9.75|0|First flush
Hot chocolate 2 kg|18.90|11.10|20|For machines and by hand
Oat biscuits, box of 60|9.95|5.40|0|Singly wrapped
Paper cups 12 oz, 1000|54.00|31.60|20|Compostable
Paper napkins, 2000|21.75|12.30|20|Two ply, white
Cleaning tablets, 60|26.40|14.85|20|For espresso machines
Descaler 5 l|19.35|10.70|20|
Child safety gate|38.50|19.95|5|Fits openings from 75 to 82 cm
Child car seat, group 1|142.00|86.00|5|9 to 18 kg
Mobility grab rail 60 cm|27.80|13.60|5|Stainless steel
Solar panel 400 W|168.00|104.50|5|With mounting clips
Loft insulation roll 8 m|33.95|18.25|5|Glass wool, 100 mm
Draught excluder 10 m|7.4950|3.1250|5|Self-adhesive
Cable, per metre|0.8475|0.3920|20|Three core, sold by the metre
Screw M4 x 16, zinc|0.0325|0.0118|20|Sold singly
Linen cloth, per metre|18.6250|9.4400|20|Undyed, 150 cm wide
Kiln-dried logs, m³|118.00|71.00|5|Delivered loose
Notebook A5, lined|4.20|1.85|20|96 pages
Café crème cups, set of 6|32.00|16.90|20|Porcelain, with saucers
Türklinke „Köln“, brass|57.90|30.15|20|Pair of lever handles
Tokyo 東京 teapot 0.7 l|46.80|24.60|20|Cast iron
Book: The Small Shop|14.99|7.20|0|Paperback, 240 pages
Book: Coffee at Home|12.50|6.05|0|Hardback, 128 pages
Umbrella stand, iron|41.20|20.80|20|
Coat rack, wall, 5 hooks|36.60|17.95|20|Oak and black steel
Door mat, coir 80 x 50|19.90|8.70|20|
First aid kit, 20 people|34.50|18.40|20|BS 8599-1, medium
Water cooler, bottled|212.00|128.00|20|Hot and cold
Tool trolley, red|139.00|76.50|20|Seven drawers
Display case 100 cm|329.00|187.00|20|Glass, lockable
Garden bench, teak, three seats, with carved back rest|279.00|151.00|20|Carved back rest
Herb planter, cedar|52.30|24.90|20|
Standing desk, electric|549.00|318.00|20|Two motors, memory for four heights
""".strip()

#: name | sales price | tax percent | description; the row number gives the code SRV-01 and on.
SERVICES = """
Installation, per hour|48.00|20|By two fitters
Delivery within the UK|14.50|20|To the kerb, up to 30 kg
Delivery within Europe|39.00|0|To the door, up to 30 kg
Espresso machine service|129.00|20|Yearly, parts not included
Barista training, half day|210.00|20|Up to six people
Shop layout consulting|95.00|20|Per hour
Assembly on site|36.00|20|Per piece of furniture
Old furniture collection|29.00|20|Per piece
Solar survey|180.00|5|On the roof, with report
Energy saving fitting|42.50|5|Per hour
Storage, per pallet and week|6.7500|20|Dry and heated
Book translation, per page|23.00|0|German or French to English
Engraving, per letter|0.3750|20|Brass or oak
Express handling|25.00|20|Sent the same day
Extended warranty, 3 years|59.00|20|Parts and work
Lamp rewiring|22.00|20|Per lamp, with new cable
""".strip()

#: Sentences of lines without a product, with price and tax percent.
FREE_LINES = (
    ("Special colour, RAL 5012, as agreed by phone", "35.00", 20),
    ("Goodwill: returned packaging", "-12.50", 20),
    ("Cutting to size", "8.25", 20),
    ("Parking and congestion charge", "18.00", 20),
    ("Sample book, free of charge", "0.00", 20),
    ("Fitter's expenses (¼ day, O'Hara)", "61.3750", 20),
    ("Import papers, prepared for you", "27.00", 0),
)
