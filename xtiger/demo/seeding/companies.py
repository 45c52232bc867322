"""Invented companies and people, the raw material that make_seed draws from."""

# ruff: noqa: E501  # a table is read by its rows

from __future__ import annotations

#: name | city | region | postal code | country | mail domain before its ending | trade.
#: Every name is invented; the row number is the CRM id.
COMPANIES = """
Hartley & Sons Ltd|Bristol|Avon|BS1 4DJ|United Kingdom|hartley.example.com|Kitchens
Penhaligon Fixtures Ltd|Truro|Cornwall|TR1 2NA|United Kingdom|penhaligon.example.com|Shops
O'Brien & Daughters Ltd|Liverpool|Merseyside|L3 4AQ|United Kingdom|obrien.example.com|Restaurants
Wharfedale Joinery Ltd|Otley|West Yorkshire|LS21 1BT|United Kingdom|wharfedale.example.com|Joinery
Brightwater Café Group Ltd|Brighton|East Sussex|BN1 1UG|United Kingdom|brightwater.example.com|Cafés
Müller Feinkost GmbH|Köln|Nordrhein-Westfalen|50667|Germany|mueller-feinkost.example.org|Delicatessen
Königsberger Kaffeerösterei GmbH|Hamburg|Hamburg|20457|Germany|koenigsberger.example.org|Coffee
Société Générale des Épices SARL|Lyon|Rhône|69002|France|epices.example.org|Spices
東京茶業株式会社|Tokyo|Chiyoda|100-0005|Japan|tokyo-tea.example.com|Tea
上海晨光贸易有限公司|Shanghai|Huangpu|200001|China|chenguang.example.com|Trade
Llewellyn Building Supplies Ltd|Swansea|West Glamorgan|SA1 3SN|United Kingdom|llewellyn.example.com|Building
Castlegate Hotels plc|York|North Yorkshire|YO1 9RN|United Kingdom|castlegate.example.com|Hotels
Fenwick Street Deli|Newcastle upon Tyne|Tyne and Wear|NE1 5JE|United Kingdom|fenwickdeli.test|Delicatessen
Saltmarsh Catering Ltd|King's Lynn|Norfolk|PE30 1HN|United Kingdom|saltmarsh.example.com|Catering
Glenfinnan Outfitters Ltd|Fort William|Highland|PH33 6EU|United Kingdom|glenfinnan.example.com|Outdoor
Ashdown Primary School|Crowborough|East Sussex|TN6 1LB|United Kingdom|ashdown-school.test|School
Björk & Åkesson AB|Malmö|Skåne|211 22|Sweden|bjork-akesson.example.org|Furniture
Ærø Marine ApS|Ærøskøbing|Syddanmark|5970|Denmark|aero-marine.example.org|Boats
Kowalczyk i Wspólnicy Sp. z o.o.|Łódź|Łódzkie|90-001|Poland|kowalczyk.example.org|Textiles
D'Angelo Gelato Srl|Bologna|Emilia-Romagna|40121|Italy|dangelo.example.org|Ice cream
Thornbury Office Interiors Ltd|Thornbury|Gloucestershire|BS35 2AQ|United Kingdom|thornbury.example.com|Offices
Merrow Lane Nurseries Ltd|Guildford|Surrey|GU4 7BN|United Kingdom|merrowlane.example.com|Garden
Northgate Dental Practice|Chester|Cheshire|CH1 2HA|United Kingdom|northgate-dental.test|Practice
Isambard Works Ltd|Swindon|Wiltshire|SN1 5BB|United Kingdom|isambard.example.com|Engineering
Quayside Coworking Ltd|Plymouth|Devon|PL4 0LP|United Kingdom|quayside.example.com|Offices
The Copper Kettle|Bath|Somerset|BA1 1LZ|United Kingdom|copperkettle.test|Cafés
Marchmont Lettings Ltd|Edinburgh|Midlothian|EH9 1HU|United Kingdom|marchmont.example.com|Property
Pemberton Logistics Ltd|Warrington|Cheshire|WA1 1NN|United Kingdom|pemberton.example.com|Transport
Oakhanger Brewery Ltd|Bordon|Hampshire|GU35 9JJ|United Kingdom|oakhanger.example.com|Brewing
Skerry Fish Merchants Ltd|Peterhead|Aberdeenshire|AB42 1DZ|United Kingdom|skerry.example.com|Fish
Nørgaard Lys A/S|Aarhus|Midtjylland|8000|Denmark|norgaard.example.org|Lighting
Fröhlich & Söhne KG|München|Bayern|80331|Germany|froehlich.example.org|Furniture
Van der Meulen Bloemen BV|Aalsmeer|Noord-Holland|1431 GB|Netherlands|vandermeulen.example.org|Flowers
Peña y Ibáñez SL|Sevilla|Andalucía|41001|Spain|pena-ibanez.example.org|Ceramics
서울문구 주식회사|Seoul|Jung-gu|04524|South Korea|seoul-stationery.example.com|Stationery
Redfern Architects LLP|Sheffield|South Yorkshire|S1 2HE|United Kingdom|redfern.example.com|Architects
Tidewell Gallery|St Ives|Cornwall|TR26 1LF|United Kingdom|tidewell.test|Gallery
Barleycroft Farm Shop Ltd|Hitchin|Hertfordshire|SG5 1DH|United Kingdom|barleycroft.example.com|Farm shop
Stonebridge Veterinary Centre|Shrewsbury|Shropshire|SY1 1QG|United Kingdom|stonebridge-vets.test|Practice
Amberley Print Works Ltd|Arundel|West Sussex|BN18 9AB|United Kingdom|amberley.example.com|Printing
Lantern Theatre Trust|Derby|Derbyshire|DE1 2QD|United Kingdom|lantern-theatre.test|Theatre
Greystoke Sound & Light Ltd|Carlisle|Cumbria|CA3 8NX|United Kingdom|greystoke.example.com|Events
Whitby Rope Company Ltd|Whitby|North Yorkshire|YO22 4DH|United Kingdom|whitbyrope.example.com|Chandlery
Juniper & Fig|Oxford|Oxfordshire|OX1 3AS|United Kingdom|juniperfig.test|Cafés
Hollins Mill Textiles Ltd|Rochdale|Lancashire|OL16 1AE|United Kingdom|hollinsmill.example.com|Textiles
Kestrel Cycles Ltd|Cambridge|Cambridgeshire|CB1 2LA|United Kingdom|kestrelcycles.example.com|Bicycles
Dunmore Clinics Ltd|Belfast|Antrim|BT1 5GS|United Kingdom|dunmore.example.com|Practice
Eldon Square Barbers|Newcastle upon Tyne|Tyne and Wear|NE1 7JB|United Kingdom|eldonbarbers.test|Hair
Rookery Farm Weddings Ltd|Tiverton|Devon|EX16 6LT|United Kingdom|rookeryfarm.example.com|Events
Zephyr Drones Ltd|Cranfield|Bedfordshire|MK43 0AL|United Kingdom|zephyrdrones.example.com|Engineering
Ivybridge Books Ltd|Ivybridge|Devon|PL21 9PS|United Kingdom|ivybridge.example.com|Books
Cartwright Tools Ltd|Wolverhampton|West Midlands|WV1 1ST|United Kingdom|cartwright.example.com|Tools
Broadstairs Surf School|Broadstairs|Kent|CT10 1LP|United Kingdom|broadstairs-surf.test|Sport
Vale Housing Association|Evesham|Worcestershire|WR11 4RY|United Kingdom|vale-housing.test|Property
Larkspur Events Ltd|Cheltenham|Gloucestershire|GL50 3JR|United Kingdom|larkspur.example.com|Events
Tolland Garden Centre Ltd|Taunton|Somerset|TA1 3PF|United Kingdom|tolland.example.com|Garden
Highcliffe Care Homes Ltd|Bournemouth|Dorset|BH2 5AA|United Kingdom|highcliffe.example.com|Care
Mirador Travel Ltd|Croydon|Surrey|CR0 1LE|United Kingdom|mirador.example.com|Travel
Beacon Lane Studios|Exeter|Devon|EX4 8LT|United Kingdom|beaconlane.test|Studio
Foxglove Interiors Ltd|Harrogate|North Yorkshire|HG1 2RQ|United Kingdom|foxglove.example.com|Interiors
Marlowe Property Services Ltd|Canterbury|Kent|CT1 2HX|United Kingdom|marlowe.example.com|Property
Sandpiper Lodges Ltd|Aldeburgh|Suffolk|IP15 5DE|United Kingdom|sandpiper.example.com|Hotels
Corvus Security Ltd|Reading|Berkshire|RG1 2LU|United Kingdom|corvus.example.com|Security
Old Mill Pottery|Stoke-on-Trent|Staffordshire|ST4 1EG|United Kingdom|oldmill.test|Ceramics
Teal & Partners LLP|Norwich|Norfolk|NR2 1NH|United Kingdom|teal.example.com|Consulting
Wexcombe Stables|Marlborough|Wiltshire|SN8 3SQ|United Kingdom|wexcombe.test|Riding
Larkspur Events Ltd|Cheltenham|Gloucestershire|GL50 3JR|United Kingdom|larkspur.example.com|Events
Trinity Wharf Kitchens Ltd|London|Greater London|E14 0JU|United Kingdom|trinitywharf.example.com|Kitchens
Summerfield Nursery School|Leamington Spa|Warwickshire|CV32 4EA|United Kingdom|summerfield.test|School
Ferryman Coaches Ltd|Southampton|Hampshire|SO14 2AQ|United Kingdom|ferryman.example.com|Transport
""".strip()

STREETS = (
    "Quay Street",
    "Mill Lane",
    "High Street",
    "Station Road",
    "Church Row",
    "Victoria Terrace",
    "Market Place",
    "Canal Walk",
    "Orchard Close",
    "Foundry Yard",
    "Castle Street",
    "Bridge Road",
    "Kiln Lane",
    "Harbour View",
    "Albert Road",
    "Priory Gardens",
)

#: Streets abroad, by country.
STREETS_ABROAD = {
    "Germany": ("Hafenstraße", "Lindenallee", "Am Kirchplatz", "Schönhauser Weg"),
    "France": ("rue de l'Église", "quai des Célestins"),
    "Japan": ("Marunouchi 2-chome",),
    "China": ("Nanjing East Road",),
    "Sweden": ("Storgatan",),
    "Denmark": ("Strandvejen", "Nørregade"),
    "Poland": ("ulica Piotrkowska",),
    "Italy": ("via dell'Indipendenza",),
    "Netherlands": ("Bloemenlaan",),
    "Spain": ("calle Núñez de Balboa",),
    "South Korea": ("Sejong-daero",),
}

#: first name | last name | row number of the organisation.
PEOPLE = """
Margaret|Hartley|1
Tom|Hartley|1
Jowan|Penhaligon|2
Siobhán|O'Brien|3
Niamh|O'Brien|3
Graham|Wharton|4
Chloé|Beaumont|5
Jürgen|Müller|6
Anneliese|Krüger|6
Götz|König|7
Geneviève|Lefèvre|8
健一|佐藤|9
美咲|田中|9
伟|陈|10
Rhys|Llewellyn|11
Bronwen|Pryce|11
Alastair|Crane|12
Dorothy|Fenwick|13
Bill|Saltmarsh|14
Mòrag|MacLeod|15
Ewan|Cameron|15
Priya|Raman|16
Åsa|Åkesson|17
Søren|Ærø|18
Małgorzata|Kowalczyk|19
Łukasz|Wiśniewski|19
Giulia|D'Angelo|20
Peter|Thorne|21
Hazel|Merrow|22
Samir|Haddad|23
Isobel|Brunel|24
Callum|Reid|25
Ruth|Ellison|26
Fiona|Marchmont|27
Darren|Pemberton|28
Kate|Oakley|29
Angus|Skerry|30
Mette|Nørgaard|31
Matthias|Fröhlich|32
Jeroen|van der Meulen|33
Inés|Peña|34
지은|김|35
Naomi|Redfern|36
Piran|Tidewell|37
Joan|Barley|38
Oliver|Stone|39
Amelia|Ambrose|40
Desmond|Lantern|41
Steve|Greystoke|42
Frank|Harker|43
Juno|Figg|44
Zainab|Hussain|45
Will|Kestrel|46
Aoife|Dunmore|47
Eldon|Marsh|48
Rosie|Rooke|49
Hugo|Zephaniah|50
Ivy|Bridges|51
Len|Cartwright|52
Maya|Broad|53
Gareth|Vale|54
Lottie|Larkin|55
Yusuf|Tolland|56
Clare|Highcliffe|57
Miriam|Dora|58
Beatrix|Lane|59
Felix|Glover|60
Imran|Marlowe|61
Sandra|Piper|62
Cormac|Corvin|63
Edith|Potter|64
Theo|Teal|65
Wendy|Combe|66
Trina|Wharf|68
Summer|Fields|69
Ferdinand|Coachman|70
Agnes|Whitlock|4
Basil|Thorogood|5
Cecily|Ramsbottom|11
Dilys|Vaughan|12
Edmund|Fairweather|21
Florence|Attwood|24
Gideon|Holloway|27
Henrietta|Lyle|28
Ignatius|Byrne|29
Jemima|St John-Smythe|36
Kwame|Mensah|45
Lucinda|Farr|46
Mohammed|al-Rashid|47
Nadia|Petrova|52
Owen|ap Rhys|57
Pippa|Longbottom|61
Quentin|Ashby|65
Rosalind|Nwosu|67
""".strip()
