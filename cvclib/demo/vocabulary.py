"""Words that the demonstration data is made of: names, places, touchpoints, phrases.

All invented combinations; every letter can be written in Windows-1252.
"""

from typing import NamedTuple

FIRST_NAMES = (
    "Anna", "Bram", "Charlotte", "Daan", "Daniël", "Emma", "Eva", "Femke", "Fleur", "Floris", "Gijs", "Hanna", "Hugo", "Ilse", "Iris",
    "Jasper", "Jan", "Johanna", "Joël", "Joost", "José", "Julia", "Karin", "Kees", "Koen", "Lars", "Lieke", "Loïs", "Lotte", "Maarten",
    "Marieke", "Matthijs", "Mees", "Naomi", "Nina", "Noor", "Noël", "Pieter", "Renée", "Rik", "Roos", "Ruben", "Sanne", "Sem", "Sophie",
    "Stijn", "Teun", "Thijs", "Tim", "Willem", "Wouter", "Yara", "Zoë", "André", "Chloé", "Hélène", "Maël", "Jürgen", "Søren", "Ümit",
)  # fmt: skip
PREFIXES = ("", "", "", "", "", "", "", "de", "van", "van der", "van den", "ten")
LAST_NAMES = (
    "Aalbers", "Akkerman", "Bakker", "Beekman", "Berg", "Boer", "Bosch", "Bos", "Brouwer", "Bruijn", "Coenen", "Dekker", "Dijk", "Dijkstra",
    "Driessen", "Evers", "Faber", "Geerts", "Gerritsen", "Graaf", "Groot", "Haan", "Heijden", "Hendriks", "Hermans", "Hoekstra", "Hofman",
    "Huisman", "Jacobs", "Jansen", "Janssen", "Jong", "Jonker", "Kamp", "Kok", "Koning", "Koster", "Kramer", "Kuiper", "Kuipers", "Leeuwen",
    "Linden", "Maas", "Martens", "Meer", "Meijer", "Mulder", "Peeters", "Peters", "Pol", "Postma", "Prins", "Rietveld", "Rooij", "Ruiter",
    "Sanders", "Schipper", "Schouten", "Smeets", "Smits", "Timmermans", "Veen", "Veenstra", "Verbeek", "Vermeulen", "Visser", "Vos", "Vries",
    "Willems", "Wit", "Wolters", "Zijlstra", "Çelik", "Öztürk", "Müller", "García", "Núñez", "Bjørnsen", "Françoise", "Coëlho", "Citroën",
    "Heïns",
)  # fmt: skip
CITIES = (
    ("Amsterdam", 10), ("Haarlem", 20), ("Leiden", 23), ("Den Haag", 25), ("Delft", 26), ("Rotterdam", 30), ("Dordrecht", 33), ("Utrecht", 35),
    ("Amersfoort", 38), ("Middelburg", 43), ("Breda", 48), ("Tilburg", 50), ("’s-Hertogenbosch", 52), ("Eindhoven", 56), ("Maastricht", 62),
    ("Nijmegen", 65), ("Arnhem", 68), ("Enschede", 75), ("Zwolle", 80), ("Leeuwarden", 89), ("Groningen", 97),
)  # fmt: skip
MAIL_DOMAINS = ("example.com", "example.net", "example.org", "mail.example", "post.example")

SEGMENTS_IN_DUTCH = {
    "Young families": "Jonge gezinnen",
    "Couples": "Stellen",
    "Seniors": "Senioren",
    "Starters": "Starters",
    "Hospitality": "Horeca",
}
ACQUISITION_IN_DUTCH = {
    "Online advertisement": "Online advertentie",
    "Newsletter": "Nieuwsbrief",
    "Social media": "Sociale media",
    "Referral": "Aanbeveling",
}
DEPARTMENTS_IN_DUTCH = {
    "Marketing": "Marketing",
    "E-commerce": "Webshop",
    "Sales": "Verkoop",
    "Finance": "Administratie",
    "Logistics": "Logistiek",
    "Customer service": "Klantenservice",
}
CHANNELS_IN_DUTCH = {
    "website": "website",
    "e-mail": "e-mail",
    "social media": "sociale media",
    "showroom": "winkel",
    "phone": "telefoon",
    "home": "thuis",
}


class Touchpoint(NamedTuple):
    """A touchpoint of the demonstration client; the alternative is what its customers would else pay."""

    name: str
    dutch: str
    stage: str
    channel: str
    department: str
    alternative_cost: float | None
    system: str | None
    minutes: float
    cost: float


TOUCHPOINTS = (
    Touchpoint("Online advertisement", "Online advertentie", "awareness", "website", "Marketing", None, "Web analytics", 1, 0.9),
    Touchpoint("Newsletter", "Nieuwsbrief", "awareness", "e-mail", "Marketing", None, "Mail platform", 1, 0.1),
    Touchpoint("Social media post", "Bericht op sociale media", "awareness", "social media", "Marketing", None, None, 1, 0.4),
    Touchpoint("Online comparison", "Online vergelijking", "consideration", "website", "E-commerce", None, "Web analytics", 14, 0.6),
    Touchpoint("Showroom visit", "Showroombezoek", "consideration", "showroom", "Sales", None, "CRM", 45, 18),
    Touchpoint("Sleep advice", "Slaapadvies", "consideration", "showroom", "Sales", 60, "CRM", 30, 14),
    Touchpoint("Quote", "Offerte", "consideration", "e-mail", "Sales", None, "CRM", 10, 6),
    Touchpoint("Webshop order", "Webshopbestelling", "purchase", "website", "E-commerce", None, "ERP", 8, 2.5),
    Touchpoint("Showroom order", "Winkelbestelling", "purchase", "showroom", "Sales", None, "ERP", 15, 8),
    Touchpoint("Payment", "Betaling", "purchase", "website", "Finance", None, "ERP", 2, 1.2),
    Touchpoint("Cancellation call", "Annulering", "purchase", "phone", "Customer service", None, "Ticket desk", 9, 7),
    Touchpoint("Delivery planning", "Leverafspraak", "ownership", "phone", "Logistics", None, "Route planner", 5, 3.5),
    Touchpoint("Home delivery", "Thuisbezorging", "ownership", "home", "Logistics", 95, "Route planner", 25, 32),
    Touchpoint("Old mattress pick-up", "Oud matras meegenomen", "ownership", "home", "Logistics", 35, None, 8, 11),
    Touchpoint("Comfort check call", "Comfortcheck", "ownership", "phone", "Customer service", None, "CRM", 6, 5),
    Touchpoint("Service request", "Serviceverzoek", "ownership", "phone", "Customer service", None, "Ticket desk", 12, 9),
    Touchpoint("Review", "Review", "advocacy", "website", "Marketing", None, "Survey tool", 4, 0.3),
    Touchpoint("Referral invitation", "Aanbevelingsmail", "advocacy", "e-mail", "Marketing", None, "Mail platform", 2, 0.2),
)
CODE = {touchpoint.name: code for code, touchpoint in enumerate(TOUCHPOINTS)}
TICKET_TOPICS = ("Late delivery", "Damage", "Comfort complaint", "Missing part", "Invoice question")

PRAISE = {
    "Bed comfort": ("the bed sleeps wonderfully", "no more back pain in the morning", "the mattress is exactly right"),
    "Sleep advice": ("the sleep advice was spot on", "the adviser took time to measure us", "honest advice on firmness"),
    "On-time delivery": ("delivered exactly when promised", "the delivery men came on time", "delivery went smoothly"),
    "Price": ("a fair price", "good value for the money", "the discount was welcome"),
    "Range": ("plenty to choose from", "a wide range of beds", "every size was in stock"),
    "Website": ("the website makes comparing easy", "ordering online was simple", "clear pictures on the website"),
    "Showroom": ("a pleasant showroom", "we could try every bed in the showroom", "a quiet showroom with good coffee"),
    "After-sales service": ("service solved my question at once", "the comfort check call was kind", "friendly help afterwards"),
    "Sustainability": ("good that the old mattress is recycled", "honest about materials", "little packaging"),
    "Payment options": ("paying in parts was handy", "payment was easy", "clear invoice"),
}
COMPLAINTS = {
    "Bed comfort": ("the mattress is too soft", "we wake up with a sore back", "the bed creaks at night"),
    "Sleep advice": ("the advice felt rushed", "nobody asked how we sleep", "advised the wrong firmness"),
    "On-time delivery": ("the delivery came days late", "waited at home for nothing", "the delivery date moved twice"),
    "Price": ("too expensive for what it is", "cheaper elsewhere", "the price rose after the quote"),
    "Range": ("little choice in large sizes", "my colour was sold out", "few slatted bases"),
    "Website": ("the website is confusing", "comparing beds online hardly works", "the web page froze at checkout"),
    "Showroom": ("the showroom was crowded", "had to wait long in the showroom", "the beds on show were worn"),
    "After-sales service": ("nobody called back about my complaint", "service took weeks", "had to explain it three times"),
    "Sustainability": ("far too much plastic packaging", "no word on where materials come from", "the old mattress was left behind"),
    "Payment options": ("could not pay in parts", "the invoice was wrong", "payment link did not work"),
}
OPENERS_GLAD = ("Very happy:", "Good experience,", "Would come back,", "Great,")
OPENERS_EVEN = ("All right,", "Fine in all, though", "Not bad, but", "Reasonable,")
OPENERS_SORE = ("Disappointed:", "Not again,", "A pity:", "Frustrating,")
CLOSERS = ("", "", "", " Thank you.", " I told my neighbours.", " That is all.")

# The same in Dutch, in which two in five customers write.
PRAISE_IN_DUTCH = {
    "Bed comfort": ("het bed slaapt heerlijk", "geen rugpijn meer bij het opstaan", "het matras is precies goed"),
    "Sleep advice": ("het slaapadvies was raak", "de adviseur nam de tijd om ons te meten", "eerlijk advies over de hardheid"),
    "On-time delivery": ("geleverd precies zoals beloofd", "de bezorgers waren op tijd", "de bezorging verliep soepel"),
    "Price": ("een nette prijs", "veel waar voor het geld", "de korting was welkom"),
    "Range": ("ruime keuze", "een breed aanbod aan bedden", "elke maat op voorraad"),
    "Website": ("vergelijken gaat makkelijk op de website", "online bestellen was eenvoudig", "duidelijke foto's op de website"),
    "Showroom": ("een prettige showroom", "we konden elk bed proberen in de showroom", "een rustige showroom met goede koffie"),
    "After-sales service": ("de service loste mijn vraag meteen op", "het belletje achteraf was attent", "vriendelijk geholpen na de koop"),
    "Sustainability": ("fijn dat het oude matras wordt gerecycled", "open over de materialen", "weinig verpakking"),
    "Payment options": ("gespreid betalen was handig", "betalen ging vlot", "heldere factuur"),
}
COMPLAINTS_IN_DUTCH = {
    "Bed comfort": ("het matras is te zacht", "we worden wakker met een stijve rug", "het bed kraakt 's nachts"),
    "Sleep advice": ("het advies was gehaast", "niemand vroeg hoe wij slapen", "de verkeerde hardheid geadviseerd"),
    "On-time delivery": (
        "de bezorging kwam dagen te laat",
        "voor niets thuis gewacht op de bezorging",
        "de leverdatum werd tweemaal verzet",
    ),
    "Price": ("te duur voor wat het is", "elders goedkoper", "de prijs ging omhoog na de offerte"),
    "Range": ("weinig keuze in grote maten", "mijn kleur was uitverkocht", "weinig lattenbodems"),
    "Website": ("de website is verwarrend", "bedden vergelijken lukt online nauwelijks", "de pagina liep vast bij het afrekenen"),
    "Showroom": ("de showroom was te druk", "lang wachten in de showroom", "de bedden in de showroom waren versleten"),
    "After-sales service": ("niemand belde terug over mijn klacht", "de service duurde weken", "moest het driemaal uitleggen"),
    "Sustainability": ("veel te veel plastic verpakking", "geen woord over de materialen", "het oude matras bleef staan"),
    "Payment options": ("kon niet gespreid betalen", "de factuur klopte niet", "de betaallink werkte niet"),
}
OPENERS_GLAD_IN_DUTCH = ("Heel blij:", "Goede ervaring,", "Ik kom zeker terug,", "Prima,")
OPENERS_EVEN_IN_DUTCH = ("Best goed,", "Al met al in orde, maar", "Niet slecht, alleen", "Redelijk,")
OPENERS_SORE_IN_DUTCH = ("Teleurgesteld:", "Nooit meer,", "Jammer:", "Frustrerend,")
CLOSERS_IN_DUTCH = ("", "", "", " Bedankt.", " Ik heb het de buren verteld.", " Dat is alles.")
NOTHING_TO_SAY = ("n/a", "-", "geen", "Nothing to add.", "nvt", "none")
# How customers name themselves and others: a first name, a last name, and a number or an address.
SIGNED = (" Regards, {first} {last}.", " Call me on {phone}.", " You can mail {mail}.", " {first} {last} can tell you more.")
SIGNED_IN_DUTCH = (" Groeten, {first} {last}.", " Bel mij op {phone}.", " Mail gerust naar {mail}.", " Vraag maar aan {first} {last}.")
