"""The canonical tables: what each table and column means, its type, unit, range, key and references.

This is the one definition. Validation, the documentation page, the JSON Schema and the empty templates
are made from it. It knows nothing of files or engines.
"""

from dataclasses import dataclass
from typing import Literal

Type = Literal["id", "text", "category", "integer", "number", "money", "date", "time"]

STAGES = ("awareness", "consideration", "purchase", "ownership", "advocacy")
PRIMARY_ACTIVITIES = ("inbound_logistics", "operations", "outbound_logistics", "marketing_and_sales", "service")
SUPPORT_ACTIVITIES = ("procurement", "technology_development", "human_resource_management", "firm_infrastructure")
ACTIVITY_CATEGORIES = (*PRIMARY_ACTIVITIES, *SUPPORT_ACTIVITIES, "external")
METRICS = ("nps", "csat", "ces", "overall")

SQL_TYPES: dict[str, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "category": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "money": "DOUBLE",
    "date": "DATE",
    "time": "TIMESTAMP",
}


@dataclass(frozen=True)
class Column:
    """A column of a canonical table.

    Parameters
    ----------
    name : str
    type : Type
        ``id`` and ``category`` are text; a ``category`` is compared without regard to case and spaces
        where `values` closes its set.
    meaning : str
        One line for the documentation page and the template.
    required : bool
        Whether a row without it is rejected.
    unit : str
        Unit of a number, empty where it has none. Money is in the client's currency.
    low, high : float or None
        Allowed range, both ends included.
    scale : str
        Name of the client's scale (``scales:`` in the client file) that sets the range instead.
    values : tuple of str
        The closed set of allowed values; empty for an open one.
    references : str
        ``"table.column"`` that holds every value of this column.
    several : bool
        Whether one cell may hold several of `values`, written as people do (``"A/R"``); each becomes a row.
    personal : bool
        Whether it holds personal data: never shown in an output, masked in the rejected rows.
    """

    name: str
    type: Type
    meaning: str
    required: bool = False
    unit: str = ""
    low: float | None = None
    high: float | None = None
    scale: str = ""
    values: tuple[str, ...] = ()
    references: str = ""
    several: bool = False
    personal: bool = False

    @property
    def sql_type(self) -> str:
        """Type of the column in the prepared tables, as DuckDB names it."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """A canonical table.

    Parameters
    ----------
    name : str
    row_is : str
        What one row stands for.
    columns : tuple of Column
        Key first.
    key : tuple of str
        Columns that together are unique; empty where rows may repeat.
    one_of : tuple of str
        Columns of which at least one must be mapped.
    in_time_order : tuple of str
        Columns whose times must not go backwards where they are filled.
    """

    name: str
    row_is: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    in_time_order: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that every row must fill."""
        return tuple(column.name for column in self.columns if column.required)


def _key(name: str, meaning: str) -> Column:
    return Column(name, "id", meaning, required=True)


def _customer(required: bool = False) -> Column:
    return Column("customer_id", "id", "the customer, as the CRM numbers it", required, references="customers.customer_id")


def _touchpoint(required: bool = False) -> Column:
    return Column("touchpoint", "category", "the touchpoint", required, references="touchpoints.touchpoint")


def _time(name: str, meaning: str, required: bool = False) -> Column:
    return Column(name, "time", meaning, required)


def _money(name: str, meaning: str, low: float | None = 0) -> Column:
    return Column(name, "money", meaning, unit="currency", low=low)


_PERSON = (
    Column("name", "text", "name of the person or firm", personal=True),
    Column("email", "text", "e-mail address", personal=True),
    Column("phone", "text", "telephone number", personal=True),
    Column("address", "text", "street and house number", personal=True),
    Column("postcode", "text", "postal code", personal=True),
    Column("city", "text", "city", personal=True),
    Column("country", "category", "country"),
    Column("birth_date", "date", "date of birth", personal=True),
)
_SEGMENT = Column("segment", "category", "the segment the customer belongs to")
_WEIGHT = Column("weight", "number", "sampling weight of the answer", low=0)

_ALL = (
    Table(
        "customers",
        "a customer in the CRM",
        (
            _key("customer_id", "number of the customer in the CRM"),
            _SEGMENT,
            _time("acquired_at", "when the customer was won"),
            Column("acquisition_channel", "category", "channel through which the customer came"),
            Column("referred_by", "id", "customer who referred this one", references="customers.customer_id"),
            *_PERSON,
        ),
        key=("customer_id",),
    ),
    Table(
        "accounts",
        "a debtor in the ERP",
        (_key("account_id", "number of the debtor in the ERP"), _customer(), *_PERSON),
        key=("account_id",),
    ),
    Table(
        "interactions",
        "one touch between customer and company",
        (
            _customer(required=True),
            _time("at", "when it took place; when it started, where it also has an end", required=True),
            _touchpoint(required=True),
            _time("completed_at", "when it was completed; without it the start and duration_minutes tell"),
            Column("case_id", "id", "the journey it belongs to; without it the customer is the journey"),
            Column("channel", "category", "channel used"),
            Column("department", "category", "department that handled it"),
            Column("system", "category", "system that recorded it"),
            Column("outcome", "category", "how it ended"),
            Column("duration_minutes", "number", "how long it took", unit="minutes", low=0),
            _money("cost", "what it cost the company"),
            _time("recorded_at", "when it was entered in the system, where that is later"),
        ),
        in_time_order=("at", "completed_at"),
    ),
    Table(
        "touchpoints",
        "a touchpoint",
        (
            Column("touchpoint", "category", "name of the touchpoint", required=True),
            Column("stage", "category", "journey stage it belongs to", values=STAGES),
            Column("channel", "category", "channel it runs through"),
            Column("owner_department", "category", "department that owns it"),
            _money("customer_alternative_cost", "what the customer would pay for the next best alternative"),
        ),
        key=("touchpoint",),
    ),
    Table(
        "activities",
        "an activity of the company",
        (
            Column("activity", "category", "name of the activity", required=True),
            Column("category", "category", "one of Porter's nine, or external", values=ACTIVITY_CATEGORIES),
            Column("kind", "category", "what it does to customer value", values=("creates", "charges_for", "erodes")),
            Column("department", "category", "department that carries it"),
            _money("annual_cost", "what it costs in a year"),
            Column("system", "category", "system that supports it"),
        ),
        key=("activity",),
    ),
    Table(
        "activity_touchpoints",
        "an activity serving a touchpoint",
        (
            Column("activity", "category", "the activity", required=True, references="activities.activity"),
            _touchpoint(required=True),
            Column(
                "weight",
                "number",
                "share of the activity's effort that goes to the touchpoint, summing to 1 or, in per cent, to 100",
                low=0,
                high=100,
            ),
            Column("raci_department", "category", "department in this role"),
            Column(
                "raci",
                "category",
                "responsible, accountable, consulted or informed; 'A/R' in one cell becomes two rows",
                values=("R", "A", "C", "I"),
                several=True,
            ),
        ),
        key=("activity", "touchpoint", "raci_department", "raci"),
    ),
    Table(
        "leads",
        "a lead",
        (
            _key("lead_id", "number of the lead"),
            _time("created_at", "when the lead came in", required=True),
            Column("source", "category", "where the lead came from"),
            _customer(),
            _time("qualified_at", "when it was qualified"),
            _time("won_at", "when it became a customer"),
            _time("lost_at", "when it was lost"),
        ),
        key=("lead_id",),
        in_time_order=("created_at", "qualified_at", "won_at"),
    ),
    Table(
        "orders",
        "an order",
        (
            _key("order_id", "number of the order"),
            _customer(),
            Column("account_id", "id", "the debtor, as the ERP numbers it", references="accounts.account_id"),
            _time("ordered_at", "when it was ordered", required=True),
            _money("revenue", "revenue net of tax; negative only on a cancelled order (a credit note)"),
            _money("margin", "contribution margin", low=None),
            _money("discount", "discount given"),
            Column("channel", "category", "sales channel"),
            _time("promised_at", "delivery promised by"),
            _time("shipped_at", "when it left"),
            _time("delivered_at", "when it arrived"),
            _time("returned_at", "when it came back"),
            _time("cancelled_at", "when it was cancelled"),
            _time("recorded_at", "when it was entered in the system, where that is later"),
        ),
        key=("order_id",),
        one_of=("customer_id", "account_id"),
        in_time_order=("ordered_at", "shipped_at", "delivered_at", "returned_at"),
    ),
    Table(
        "tickets",
        "a service case",
        (
            _key("ticket_id", "number of the ticket"),
            _customer(),
            _time("opened_at", "when it was opened", required=True),
            _time("first_response_at", "when the customer first got an answer"),
            _time("closed_at", "when it was closed"),
            _time("reopened_at", "when it was first opened again after it was closed"),
            Column("topic", "category", "what it was about"),
            Column("department", "category", "department that handled it"),
            _money("cost", "what handling it cost"),
            _time("recorded_at", "when it was entered in the system, where that is later"),
        ),
        key=("ticket_id",),
        in_time_order=("opened_at", "first_response_at", "closed_at"),
    ),
    Table(
        "survey",
        "one answer to one of the four survey questions",
        (
            _key("response_id", "number of the answered questionnaire"),
            Column("metric", "category", "which question", required=True, values=METRICS),
            Column("score", "number", "the answer; nps runs from 0 to 10, the others on the client's scale", required=True),
            _time("responded_at", "when it was answered"),
            _customer(),
            Column("order_id", "id", "the order that the answer is about", references="orders.order_id"),
            _SEGMENT,
            _touchpoint(),
            Column("comment", "text", "open comment", personal=True),
            _WEIGHT,
        ),
        key=("response_id", "metric"),
    ),
    Table(
        "attribute_ratings",
        "one rating of one attribute",
        (
            _key("response_id", "number of the answered questionnaire"),
            Column("attribute", "category", "what was rated", required=True),
            Column("performance", "number", "how well it is done", scale="performance"),
            Column("importance", "number", "how much it matters", scale="importance"),
            _SEGMENT,
            Column("brand", "category", "the brand rated; empty is the client's own"),
            _time("responded_at", "when it was answered"),
            _WEIGHT,
        ),
        key=("response_id", "attribute", "brand"),
        one_of=("performance", "importance"),
    ),
    Table(
        "kano",
        "one paired answer to a Kano question",
        (
            _key("response_id", "number of the answered questionnaire"),
            Column("attribute", "category", "the feature asked about", required=True),
            Column("functional", "integer", "if it is there: 1 like, 2 must-be, 3 neutral, 4 live with, 5 dislike", True, low=1, high=5),
            Column("dysfunctional", "integer", "if it is not there: 1 like … 5 dislike", True, low=1, high=5),
            _SEGMENT,
            _WEIGHT,
        ),
        key=("response_id", "attribute"),
    ),
    Table(
        "prices",
        "a brand's price, or one component of what it costs to buy there",
        (
            Column("brand", "category", "the brand", required=True),
            Column("component", "category", "part of the price: purchase price, trade-in, finance; empty where the price is one"),
            Column("price", "money", "its price", required=True, unit="currency", low=0),
            Column(
                "measure",
                "category",
                "what stands in price: money, or customers' score of the component (more is better)",
                values=("money", "score"),
            ),
            Column("weight", "number", "how much the component weighs among the components", low=0),
        ),
        key=("brand", "component"),
    ),
    Table(
        "quotes",
        "a coded quotation",
        (
            Column("source", "category", "where it was heard", values=("interview", "focus_group", "observation", "social")),
            _SEGMENT,
            _touchpoint(),
            Column("empathy", "category", "corner of the empathy map", values=("says", "thinks", "does", "feels")),
            Column("text", "text", "the quotation, made anonymous", required=True),
        ),
    ),
    Table(
        "department_views",
        "a department's rank of an attribute",
        (
            Column("department", "category", "the department", required=True),
            Column("attribute", "category", "the attribute", required=True),
            Column("rank", "number", "its rank, 1 the most important", required=True, low=1),
            Column("rater", "id", "who ranked, as a code, where several of a department did"),
        ),
        key=("department", "attribute", "rater"),
    ),
    Table(
        "systems",
        "a system",
        (
            Column("system", "category", "name of the system", required=True),
            Column("kind", "category", "crm, erp, web, survey, ticketing and so on"),
            Column("department", "category", "department that owns it"),
            Column("records_touchpoint", "category", "a touchpoint it records", references="touchpoints.touchpoint"),
        ),
        key=("system", "records_touchpoint"),
    ),
    Table(
        "referrals",
        "a referral",
        (
            Column("referrer_id", "id", "customer who refers", required=True, references="customers.customer_id"),
            Column("referred_id", "id", "customer who was referred, once known", references="customers.customer_id"),
            _time("referred_at", "when", required=True),
            _time("converted_at", "when the referred person bought"),
        ),
        in_time_order=("referred_at", "converted_at"),
    ),
    Table(
        "subscriptions",
        "a contract",
        (
            _customer(required=True),
            _time("started_at", "first day of the contract", required=True),
            _time("ended_at", "last day, empty while it runs"),
            Column("monthly_revenue", "money", "revenue a month", unit="currency a month", low=0),
        ),
        key=("customer_id", "started_at"),
        in_time_order=("started_at", "ended_at"),
    ),
    Table(
        "initiatives",
        "an improvement",
        (
            Column("initiative", "category", "name of the initiative", required=True),
            Column("target", "category", "touchpoint or attribute it improves"),
            _money("cost", "what it costs"),
            _time("started_at", "when it began, or will begin"),
            Column("expected_change", "number", "change expected in the metric, in the metric's unit"),
            Column("owner", "category", "department or role that answers for it"),
            Column("status", "category", "where it stands", values=("planned", "running", "done", "stopped")),
            Column("metric", "category", "KPI that it should move"),
            _money("expected_benefit", "what it is expected to bring a year, where that is known", low=None),
            _money("benefit_low", "least that it may bring a year, with the likely range in between", low=None),
            _money("benefit_high", "most that it may bring a year", low=None),
            Column("requires", "text", "initiatives that must be carried out too, separated by ';'"),
            Column("excludes", "text", "initiatives that cannot be carried out beside it, separated by ';'"),
        ),
        key=("initiative",),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _ALL}

# What exports call a column (`table.column`, or the column of any table that has it), in English, Dutch, German, French, Spanish and
# Portuguese. Matched without capitals, accents and signs; what stands under a table comes before what stands under a column alone.
_CALLED = {
    # ---- who ----
    "customer_id": "customer id, customer no, customer number, customer code, customer, client id, client number, client no, cust, cust id, "
    "cust no, crm id, crm number, contact id, member id, member number, person id, user id, buyer id, guest id, subscriber id, "
    "klantnummer, klantnr, klant id, klant, klantcode, relatienummer, relatie id, contactnummer, lidnummer, "
    "kundennummer, kundennr, kunden id, kunde, kd nr, mitgliedsnummer, kontakt id, "
    "numero client, no client, id client, code client, client, identifiant client, numero adherent, "
    "numero de cliente, id cliente, codigo cliente, codigo de cliente, cliente, num cliente, "
    "numero do cliente, codigo do cliente, id do cliente, cod cliente",
    "account_id": "account id, account no, account number, account code, account, debtor id, debtor number, debtor no, bill to, billing account, "
    "sold to party, sold to, debiteurnummer, debiteurnr, debiteur, rekeninghouder, "
    "debitorennummer, debitor, debitor nr, debitorenkonto, kontonummer, kreditnehmer, "
    "compte client, numero de compte, code compte, compte, cuenta, numero de cuenta, codigo de cuenta, deudor, conta, numero da conta, devedor",
    "name": "name, full name, customer name, company, company name, contact name, account name, organisation, organization, "
    "naam, volledige naam, klantnaam, bedrijfsnaam, bedrijf, contactpersoon, kundenname, vollstandiger name, firma, firmenname, ansprechpartner, "
    "nom, nom complet, nom du client, raison sociale, societe, nombre, nombre completo, nombre del cliente, razon social, empresa, "
    "nome, nome completo, nome do cliente, razao social",
    "email": "email, e mail, email address, mail, mail address, emailadres, e mailadres, mailadres, e mail adresse, email adresse, mailadresse, "
    "courriel, adresse email, adresse e mail, adresse mail, correo, correo electronico, direccion de correo, endereco de email, correio eletronico",
    "phone": "phone, phone number, telephone, telephone number, tel, mobile, mobile number, mobile phone, cell phone, "
    "telefoon, telefoonnummer, mobiel, mobiel nummer, gsm, telefon, telefonnummer, handy, mobiltelefon, handynummer, rufnummer, "
    "numero de telephone, portable, telephone portable, telefono, numero de telefono, movil, celular, telefone, numero de telefone, telemovel",
    "address": "address, street, street address, address line 1, street and number, adres, straat, straat en huisnummer, straatnaam, "
    "adresse, strasse, strasse und hausnummer, anschrift, rue, adresse postale, direccion, calle, domicilio, endereco, rua, morada, logradouro",
    "postcode": "postcode, post code, postal code, zip, zip code, zipcode, plz, postleitzahl, code postal, cp, codigo postal, cep, "
    "codigo de endereco postal, zip code prefix",
    "city": "city, town, place, plaats, woonplaats, stad, gemeente, ort, stadt, wohnort, ville, commune, localite, ciudad, poblacion, localidad, "
    "municipio, cidade, localidade",
    "country": "country, country code, nation, land, landcode, landkod, landerkennzeichen, staat, pays, code pays, pais, codigo de pais, codigo do pais",
    "birth_date": "birth date, date of birth, dob, birthday, birthdate, geboortedatum, geboren, geb datum, geburtsdatum, geburtstag, "
    "date de naissance, ne le, fecha de nacimiento, nacimiento, data de nascimento, nascimento",
    "segment": "segment, customer segment, customer group, customer type, customer class, target group, tier, group, "
    "klantsegment, klantgroep, klanttype, doelgroep, kundensegment, kundengruppe, kundentyp, zielgruppe, kundenklasse, "
    "segment client, groupe de clients, type de client, categorie client, segmento, segmento de cliente, grupo de clientes, tipo de cliente, "
    "segmento do cliente, grupo de clientes",
    "weight": "weight, sampling weight, survey weight, wt, gewicht, weegfactor, wegingsfactor, gewichtung, gewichtungsfaktor, poids, ponderation, "
    "peso, ponderacion, factor de ponderacion, ponderacao",
    # ---- customers ----
    "customers.acquired_at": "acquired at, customer since, client since, joined, join date, sign up date, signup date, registered, registration date, "
    "created, created at, created on, creation date, start date, first order date, klant sinds, lid sinds, aangemeld op, inschrijfdatum, "
    "registratiedatum, aanmaakdatum, kunde seit, mitglied seit, registriert am, registrierungsdatum, anmeldedatum, angelegt am, "
    "client depuis, date d inscription, inscrit le, date de creation, cliente desde, fecha de alta, fecha de registro, alta, "
    "data de cadastro, data de registo, data de inscricao",
    "customers.acquisition_channel": "acquisition channel, acquisition source, source, lead source, origin, channel, how did you hear about us, "
    "acquired through, herkomst, bron, wervingskanaal, kanaal, gewonnen via, herkunft, quelle, akquisekanal, kanal, gewonnen uber, "
    "canal d acquisition, origine, provenance, canal, canal de captacion, origen, fuente, canal de aquisicao, origem, fonte",
    "customers.referred_by": "referred by, referrer, referring customer, recommended by, introduced by, sponsor, aangebracht door, "
    "doorverwezen door, aanbevolen door, geworben von, empfohlen von, parraine par, recommande par, recomendado por, referido por, indicado por",
    # ---- interactions ----
    "interactions.at": "at, time, timestamp, date, datetime, date time, event time, event date, start, start time, started at, contact date, "
    "occurred at, time timestamp, tijdstip, datum, datum tijd, contactdatum, begin, starttijd, zeitpunkt, zeitstempel, datum uhrzeit, beginn, "
    "kontaktdatum, horodatage, date heure, debut, date de contact, fecha, fecha y hora, hora, marca de tiempo, inicio, fecha de contacto, "
    "data, data e hora, data hora, inicio, data do contato",
    "interactions.touchpoint": "touchpoint, touch point, contact point, event, activity, event name, activity name, concept name, action, "
    "interaction, interaction type, contact type, contact reason, step, contactpunt, contactmoment, gebeurtenis, activiteit, soort contact, "
    "kontaktpunkt, ereignis, aktivitat, kontaktart, vorgang, point de contact, evenement, activite, type de contact, etape, "
    "punto de contacto, evento, actividad, tipo de contacto, ponto de contato, ponto de contacto, atividade, tipo de contato",
    "interactions.completed_at": "completed at, completed, end, end time, ended at, finished at, complete timestamp, afgerond op, einde, eindtijd, "
    "gereed, abgeschlossen am, ende, endzeit, erledigt am, termine le, fin, date de fin, heure de fin, completado, fecha de fin, hora de fin, "
    "concluido em, fim, data de fim",
    "interactions.case_id": "case id, case, case number, journey id, session id, process id, file number, dossier, dossiernummer, zaaknummer, zaak, "
    "traject, fall, fallnummer, vorgangsnummer, akte, aktenzeichen, numero de dossier, parcours, caso, numero de caso, expediente, processo, "
    "numero do processo, case concept name",
    "channel": "channel, contact channel, sales channel, medium, kanaal, verkoopkanaal, contactkanaal, kanal, vertriebskanal, vertriebsweg, "
    "canal, canal de vente, canal de contact, canal de venta, canal de ventas, canal de contacto, canal de venda, canal de vendas, canal de contato",
    "department": "department, team, unit, handled by, assigned group, support group, org group, group, queue, afdeling, afdelingsnaam, behandeld door, "
    "abteilung, bereich, bearbeitet von, service, departement, equipe, traite par, departamento, area, equipo, atendido por, setor, equipa",
    "system": "system, source system, application, recorded in, systeem, bronsysteem, applicatie, quellsystem, anwendung, systeme, "
    "systeme source, logiciel, sistema, sistema de origen, aplicacion, sistema de origem, aplicacao",
    "interactions.outcome": "outcome, result, disposition, y, conversion, uitkomst, resultaat, afloop, ergebnis, ausgang, resultat, issue, resultado, desenlace",
    "interactions.duration_minutes": "duration minutes, duration min, duration, handling time, minutes, duur min, duur, duur in minuten, behandeltijd, "
    "dauer min, dauer, dauer in minuten, bearbeitungszeit, duree min, duree, duree en minutes, duracion min, duracion, duracao min, duracao",
    "cost": "cost, costs, cost eur, amount, kosten, kosten eur, cout, couts, coste, costes, costo, custo, custos",
    "recorded_at": "recorded at, entered at, entry date, logged at, record date, system date, ingevoerd op, invoerdatum, vastgelegd op, geboekt op, "
    "erfasst am, erfassungsdatum, eingabedatum, saisi le, date de saisie, enregistre le, registrado el, fecha de registro, registrado em, data de registo",
    # ---- touchpoints and activities ----
    "touchpoint": "touchpoint, touch point, contact point, about, contactpunt, contactmoment, kontaktpunkt, point de contact, punto de contacto, "
    "ponto de contato, ponto de contacto",
    "touchpoints.stage": "stage, journey stage, phase, fase, klantfase, stadium, phase der reise, kaufphase, etape, phase du parcours, etapa, fase",
    "touchpoints.owner_department": "owner department, owner, owned by, responsible department, department, eigenaar, verantwoordelijke afdeling, afdeling, "
    "verantwortliche abteilung, verantwortlich, abteilung, departement responsable, responsable, departamento responsable, responsavel, setor responsavel",
    "touchpoints.customer_alternative_cost": "customer alternative cost, customer s alternative, next best alternative, alternative cost, "
    "alternatief van de klant, kosten alternatief, alternative des kunden, alternativkosten, alternative du client, cout de l alternative, "
    "alternativa del cliente, coste de la alternativa, alternativa do cliente, custo da alternativa",
    "activity": "activity, task, process, activiteit, taak, aktivitat, tatigkeit, aufgabe, activite, tache, actividad, tarea, atividade, tarefa",
    "activities.category": "category, porter category, kind of activity, categorie, porter, kategorie, categoria",
    "activities.kind": "kind, value, value type, effect on value, soort, waarde, art, wert, wertbeitrag, nature, valeur, clase, valor, tipo de valor",
    "activities.annual_cost": "annual cost, yearly cost, cost per year, cost a year, jaarkosten, kosten per jaar, jahreskosten, kosten pro jahr, "
    "cout annuel, cout par an, coste anual, costo anual, custo anual",
    "activity_touchpoints.weight": "weight, effort share, share, share of effort, aandeel, gewicht, inspanning, anteil, aufwandsanteil, part, "
    "part de l effort, cuota, proporcion, parte do esforco, proporcao",
    "activity_touchpoints.raci_department": "raci department, department, team, afdeling, abteilung, departement, service, departamento, setor",
    "activity_touchpoints.raci": "raci, role, rasci, rol, rolle, role raci, papel, funcao",
    # ---- leads ----
    "leads.lead_id": "lead id, lead number, lead no, lead, opportunity id, deal id, mql id, prospect id, leadnummer, lead nr, kansnummer, "
    "interessent, interessentennummer, opportunitat, numero de prospect, id prospect, prospect, id de lead, id oportunidad, id oportunidade",
    "leads.created_at": "created at, created, created on, created date, lead date, first contact date, inquiry date, aangemaakt, aangemaakt op, "
    "aanmaakdatum, datum aanvraag, angelegt am, erstellt am, anfragedatum, cree le, date de creation, date de demande, creado el, "
    "fecha de creacion, fecha de solicitud, criado em, data de criacao, data do contato",
    "leads.source": "source, lead source, origin, channel, campaign, bron, leadbron, herkomst, quelle, leadquelle, herkunft, source du lead, origine, "
    "fuente, origen, fonte, origem",
    "leads.qualified_at": "qualified at, qualified, qualified date, mql date, sql date, gekwalificeerd, gekwalificeerd op, qualifiziert, qualifiziert am, "
    "qualifie, qualifie le, cualificado, fecha de cualificacion, qualificado, data de qualificacao",
    "leads.won_at": "won at, won, won date, closed won date, converted at, conversion date, deal date, gewonnen, gewonnen op, gewonnen am, abschlussdatum, "
    "gagne, gagne le, date de conversion, ganado, fecha de cierre ganado, ganho, data de fechamento",
    "leads.lost_at": "lost at, lost, lost date, closed lost date, verloren, verloren op, verloren am, perdu, perdu le, perdido, fecha de perdida, data de perda",
    # ---- orders ----
    "orders.order_id": "order id, order no, order number, order, purchase id, invoice, invoice no, invoice number, transaction id, sales order, "
    "document number, bestelnummer, ordernummer, bestelling, bestel id, factuurnummer, auftragsnummer, auftrag, bestellnummer, bestellung, "
    "auftragsnr, rechnungsnummer, belegnummer, numero de commande, no commande, commande, id commande, numero de facture, "
    "numero de pedido, pedido, id pedido, num pedido, numero de factura, factura, numero do pedido, id do pedido, numero da encomenda, "
    "encomenda, nota fiscal",
    "order_id": "order id, order no, order number, order, bestelnummer, ordernummer, auftragsnummer, bestellnummer, numero de commande, commande, "
    "numero de pedido, pedido, numero do pedido, numero da encomenda",
    "orders.ordered_at": "ordered at, order date, order time, ordered on, purchase date, purchased at, order purchase timestamp, invoice date, "
    "transaction date, date, sale date, besteldatum, besteld op, orderdatum, factuurdatum, datum, bestelldatum, bestellt am, auftragsdatum, "
    "kaufdatum, rechnungsdatum, belegdatum, date de commande, commande le, date d achat, date de facture, fecha de pedido, fecha del pedido, "
    "fecha de compra, fecha de factura, fecha, data do pedido, data da encomenda, data da compra, data",
    "orders.revenue": "revenue, net amount, amount, net revenue, sales, sales amount, turnover, total, order total, order value, order amount, "
    "net value, price, monetary, spend, omzet, bedrag, nettobedrag, netto bedrag, orderbedrag, bestelbedrag, totaal, totaalbedrag, orderwaarde, "
    "umsatz, betrag, nettobetrag, netto, auftragswert, bestellwert, gesamtbetrag, nettoumsatz, chiffre d affaires, montant, montant ht, ca, ca ht, "
    "total ht, importe, importe neto, ingresos, venta, ventas, total neto, receita, valor, valor liquido, faturamento, valor do pedido, total liquido",
    "orders.margin": "margin, contribution margin, gross margin, profit, gross profit, marge, brutomarge, contributiemarge, winst, deckungsbeitrag, "
    "rohertrag, bruttomarge, gewinn, marge brute, marge sur couts, benefice, margen, margen bruto, beneficio, margem, margem bruta, lucro",
    "orders.discount": "discount, discount amount, rebate, korting, kortingsbedrag, rabatt, nachlass, remise, rabais, reduction, descuento, desconto",
    "orders.promised_at": "promised at, promised, promised date, promised delivery date, due date, expected delivery, estimated delivery date, "
    "order estimated delivery date, requested delivery date, toegezegd, beloofd, beloofde leverdatum, toegezegde leverdatum, "
    "verwachte leverdatum, zugesagt, zugesagter liefertermin, liefertermin, voraussichtliche lieferung, wunschliefertermin, promis le, "
    "date promise, date de livraison prevue, livraison prevue, prometido, fecha prometida, fecha prevista de entrega, entrega prevista, "
    "prometido em, data prometida, data prevista de entrega, previsao de entrega",
    "orders.shipped_at": "shipped at, shipped, ship date, shipping date, dispatched, dispatch date, order delivered carrier date, verzonden, "
    "verzonden op, verzenddatum, versendet, versendet am, versanddatum, versandt am, expedie, expedie le, date d expedition, enviado, "
    "fecha de envio, enviado el, enviado em, data de envio, data de expedicao",
    "orders.delivered_at": "delivered at, delivered, delivery date, delivered on, order delivered customer date, actual delivery date, geleverd, "
    "geleverd op, leverdatum, bezorgd, bezorgd op, bezorgdatum, geliefert, geliefert am, lieferdatum, zugestellt am, livre, livre le, "
    "date de livraison, entregado, entregado el, fecha de entrega, entregue, entregue em, data de entrega",
    "orders.returned_at": "returned at, returned, return date, retour, geretourneerd, retourdatum, zuruckgesendet, retourniert am, retourdatum, "
    "rucksendedatum, retourne, retourne le, date de retour, devuelto, fecha de devolucion, devolvido, data de devolucao",
    "orders.cancelled_at": "cancelled at, cancelled, canceled, canceled at, cancellation date, geannuleerd, geannuleerd op, annuleringsdatum, storniert, "
    "storniert am, stornodatum, annule, annule le, date d annulation, cancelado, cancelado el, fecha de cancelacion, anulado, cancelado em, "
    "data de cancelamento",
    # ---- tickets ----
    "tickets.ticket_id": "ticket id, ticket, ticket number, ticket no, case id, case number, case, incident, incident number, sr number, "
    "request id, complaint id, ticketnummer, meldingsnummer, melding, klachtnummer, zaaknummer, vorgangsnummer, anfrage nr, stornummer, "
    "storungsnummer, beschwerdenummer, numero de ticket, numero d incident, reclamation, numero de reclamation, numero de incidencia, "
    "incidencia, numero de reclamacion, numero do chamado, chamado, protocolo",
    "tickets.opened_at": "opened at, opened, open date, opened on, created, created at, created date, submitted at, reported at, received at, start date, "
    "geopend, geopend op, aangemaakt, gemeld op, ontvangen op, startdatum, eroffnet, eroffnet am, erstellt am, gemeldet am, eingegangen am, "
    "ouvert, ouvert le, cree le, date d ouverture, recu le, abierto, abierto el, fecha de apertura, creado, recibido, aberto, aberto em, "
    "data de abertura, recebido em",
    "tickets.first_response_at": "first response at, first response, first reply, first reply at, first answer, responded at, eerste reactie, "
    "eerste antwoord, erste antwort, erste ruckmeldung, erstantwort, premiere reponse, primera respuesta, fecha primera respuesta, primeira resposta",
    "tickets.closed_at": "closed at, closed, closed on, close date, resolved at, resolved, resolution date, solved at, end date, enddate, gesloten, "
    "gesloten op, opgelost, opgelost op, afgesloten, einddatum, geschlossen, geschlossen am, gelost am, erledigt am, abgeschlossen am, "
    "ferme, ferme le, cloture, date de cloture, resolu le, cerrado, cerrado el, fecha de cierre, resuelto, fechado, fechado em, encerrado em, "
    "data de fechamento, resolvido em",
    "tickets.reopened_at": "reopened at, reopened, reopen date, heropend, heropend op, wieder geoffnet, wiedereroffnet am, rouvert, rouvert le, reabierto, "
    "fecha de reapertura, reaberto, reaberto em",
    "tickets.topic": "topic, subject, reason, category, issue type, issue, request type, complaint type, type, onderwerp, reden, categorie, soort melding, "
    "thema, betreff, grund, kategorie, anliegen, sujet, motif, objet, asunto, motivo, tema, tipo, assunto, categoria",
    # ---- survey ----
    "response_id": "response id, response, response number, respondent, respondent id, respondent number, respnum, questionnaire id, interview id, "
    "submission id, panel member, answer id, review id, antwoordnummer, respondentnummer, respons, vragenlijstnummer, antwort id, fragebogennummer, "
    "teilnehmer, teilnehmernummer, befragter, repondant, numero de reponse, id reponse, numero de questionnaire, encuestado, id respuesta, "
    "numero de respuesta, id encuesta, respondente, id resposta, numero da resposta",
    "survey.metric": "metric, question, measure, kpi, vraag, maatstaf, frage, kennzahl, question posee, indicateur, pregunta, metrica, pergunta, indicador",
    "survey.score": "score, answer, rating, value, grade, review score, antwoord, cijfer, beoordeling, waarde, bewertung, note, punktzahl, wert, reponse, "
    "notation, valeur, puntuacion, valoracion, nota, respuesta, valor, pontuacao, avaliacao, resposta",
    "survey.comment": "comment, comments, open comment, remark, feedback, verbatim, in your own words, review comment message, opmerking, opmerkingen, "
    "toelichting, commentaar, reactie, kommentar, anmerkung, bemerkung, freitext, commentaire, remarque, verbatim, comentario, observacion, "
    "sugerencia, comentarios, observacao, sugestao",
    "responded_at": "responded at, completed, completed at, answered at, submitted, submitted at, response date, survey date, interview date, intdate, "
    "review creation date, date, ingevuld op, antwoorddatum, beantwoord op, enquetedatum, datum, ausgefullt am, beantwortet am, antwortdatum, "
    "befragungsdatum, repondu le, date de reponse, date d enquete, respondido el, fecha de respuesta, fecha de encuesta, respondido em, "
    "data da resposta, data da pesquisa",
    "attribute": "attribute, feature, item, aspect, statement, quality, eigenschap, kenmerk, aspect, stelling, eigenschaft, merkmal, aussage, "
    "attribut, caracteristique, critere, atributo, caracteristica, aspecto, criterio",
    "attribute_ratings.performance": "performance, rating, satisfaction, how good, score, prestatie, tevredenheid, beoordeling, leistung, zufriedenheit, "
    "bewertung, performance percue, satisfaction, note, desempeno, satisfaccion, valoracion, desempenho, satisfacao, avaliacao",
    "attribute_ratings.importance": "importance, how important, weight, belang, belangrijkheid, wichtigkeit, bedeutung, importancia",
    "brand": "brand, competitor, company, supplier, merk, aanbieder, concurrent, marke, anbieter, wettbewerber, marque, concurrent, fournisseur, marca, "
    "competidor, proveedor, concorrente, fornecedor",
    "kano.functional": "functional, if present, if it is there, present, functioneel, indien aanwezig, funktional, wenn vorhanden, fonctionnel, si present, "
    "funcional, si esta presente, se presente",
    "kano.dysfunctional": "dysfunctional, if absent, if it is not there, absent, disfunctioneel, indien afwezig, dysfunktional, wenn nicht vorhanden, "
    "dysfonctionnel, si absent, disfuncional, si esta ausente, se ausente",
    # ---- prices, quotes, views, systems ----
    "prices.component": "component, part, price part, onderdeel, prijsonderdeel, bestandteil, preisbestandteil, composante, componente, parte",
    "prices.price": "price, amount, cost, prijs, bedrag, preis, betrag, prix, montant, precio, importe, preco, valor",
    "prices.measure": "measure, unit, maat, eenheid, einheit, mass, mesure, unite, medida, unidad, unidade",
    "quotes.source": "source, where heard, method, bron, methode, quelle, source, fuente, metodo, fonte",
    "quotes.empathy": "empathy, corner, empathy map, quadrant, empathie, hoek, empathiekarte, quadrant, carte d empathie, empatia, cuadrante, quadrante",
    "quotes.text": "text, quote, quotation, statement, citaat, tekst, uitspraak, zitat, text, aussage, citation, texte, verbatim, cita, texto, citacao",
    "department_views.rank": "rank, ranking, position, rang, rangorde, volgorde, rangfolge, classement, rango, posicion, posicao, classificacao",
    "department_views.rater": "rater, ranked by, respondent, beoordelaar, bewerter, evaluateur, evaluador, avaliador",
    "systems.kind": "kind, type, system type, soort, type systeem, art, systemtyp, type de systeme, tipo, tipo de sistema",
    "systems.records_touchpoint": "records touchpoint, records, touchpoint, registreert, legt vast, erfasst, enregistre, registra, regista",
    # ---- referrals, subscriptions, initiatives ----
    "referrals.referrer_id": "referrer id, referrer, referred by, recommender, advocate, aanbrenger, aangebracht door, verwijzer, werber, empfehler, "
    "geworben von, parrain, recommandeur, referente, recomendador, recomendado por, indicador, indicado por",
    "referrals.referred_id": "referred id, referred customer, referred, new customer, friend, aangebrachte klant, nieuwe klant, geworbener kunde, neukunde, "
    "filleul, nouveau client, cliente referido, nuevo cliente, cliente indicado, novo cliente",
    "referrals.referred_at": "referred at, referred on, referral date, date, aanbrengdatum, verwezen op, datum, empfohlen am, empfehlungsdatum, "
    "parraine le, date de parrainage, fecha de referencia, recomendado el, indicado em, data da indicacao",
    "referrals.converted_at": "converted at, converted, first order, conversion date, eerste bestelling, geconverteerd op, erste bestellung, "
    "konvertiert am, premiere commande, converti le, primer pedido, convertido el, primeiro pedido, convertido em",
    "subscriptions.started_at": "started at, start, start date, contract start, begin date, effective date, startdatum, ingangsdatum, begindatum, "
    "vertragsbeginn, beginn, startdatum, date de debut, debut, debut du contrat, fecha de inicio, inicio, alta, data de inicio, inicio do contrato",
    "subscriptions.ended_at": "ended at, end, end date, contract end, cancellation date, expiry date, einddatum, opgezegd op, einde, vertragsende, ende, "
    "enddatum, gekundigt am, date de fin, fin, fin du contrat, resilie le, fecha de fin, fin del contrato, baja, data de fim, fim do contrato",
    "subscriptions.monthly_revenue": "monthly revenue, monthly fee, monthly charges, mrr, monthly price, fee, maandbedrag, abonnementsprijs, "
    "maandelijkse kosten, monatsbeitrag, monatliche gebuhr, monatsumsatz, monatspreis, revenu mensuel, abonnement mensuel, mensualite, "
    "cuota mensual, ingreso mensual, mensalidade, receita mensal",
    "initiatives.initiative": "initiative, improvement, project, measure, initiatief, verbetering, maatregel, project, massnahme, projekt, verbesserung, "
    "projet, mesure, amelioration, iniciativa, mejora, proyecto, medida, melhoria, projeto",
    "initiatives.target": "target, improves, aims at, doel, verbetert, gericht op, ziel, verbessert, richtet sich auf, cible, ameliore, objetivo, mejora, "
    "alvo, melhora",
    "initiatives.started_at": "started at, start, start date, startdatum, begin, beginn, debut, date de debut, inicio, fecha de inicio, data de inicio",
    "initiatives.expected_change": "expected change, expected effect, target change, verwachte verandering, verwacht effect, erwartete veranderung, "
    "erwartete wirkung, changement attendu, effet attendu, cambio esperado, efecto esperado, mudanca esperada, efeito esperado",
    "initiatives.owner": "owner, responsible, lead, eigenaar, verantwoordelijke, verantwortlich, verantwortlicher, responsable, responsavel, dono",
    "initiatives.status": "status, state, stand, statut, etat, estado, situacao",
    "initiatives.metric": "metric, kpi, measure, indicator, maatstaf, kennzahl, messgrosse, indicateur, indicador, metrica",
    "initiatives.expected_benefit": "expected benefit, benefit, benefit a year, annual benefit, verwachte opbrengst, opbrengst per jaar, "
    "erwarteter nutzen, nutzen pro jahr, benefice attendu, gain annuel, beneficio esperado, beneficio anual",
    "initiatives.benefit_low": "benefit low, at least, minimum benefit, minimaal, mindestens, au moins, al menos, pelo menos",
    "initiatives.benefit_high": "benefit high, at most, maximum benefit, maximaal, hochstens, au plus, como maximo, no maximo",
    "initiatives.requires": "requires, needs, depends on, vereist, afhankelijk van, setzt voraus, benotigt, necessite, depend de, requiere, depende de, requer",
    "initiatives.excludes": "excludes, not beside, not with, sluit uit, schliesst aus, exclut, excluye, exclui",
}  # fmt: skip

# What exports call a table: words of the names of files and sheets.
_TABLES_CALLED = {
    "customers": "customers, customer, clients, client, crm, contacts, members, people, klanten, relaties, kunden, kundenstamm, adressen, "
    "clientes, contactos, adherents, contatos",
    "accounts": "accounts, debtors, erp accounts, debiteuren, debitoren, comptes, cuentas, deudores, contas",
    "interactions": "interactions, contacts, touches, events, event log, log, activities log, visits, sessions, calls, campaign, contacten, "
    "contactmomenten, gebeurtenissen, kontakte, ereignisse, evenements, interacciones, eventos, interacoes",
    "touchpoints": "touchpoints, touch points, contactpunten, kontaktpunkte, points de contact, puntos de contacto, pontos de contato",
    "activities": "activities, activiteiten, aktivitaten, activites, actividades, atividades",
    "activity_touchpoints": "activity touchpoints, roles, raci, rollen, rolle, matrix, roles raci, papeis",
    "leads": "leads, opportunities, prospects, deals, mql, kansen, interessenten, opportunites, oportunidades",
    "orders": "orders, sales, purchases, invoices, transactions, order list, elog, bestellingen, verkopen, facturen, auftrage, bestellungen, "
    "rechnungen, umsatze, commandes, ventes, factures, pedidos, ventas, facturas, encomendas, vendas",
    "tickets": "tickets, cases, incidents, complaints, service desk, helpdesk, requests, meldingen, klachten, storingen, anfragen, beschwerden, "
    "storungen, reclamations, demandes, incidencias, reclamaciones, quejas, chamados, reclamacoes",
    "survey": "survey, answers, responses, nps, csat, reviews, feedback, enquete, onderzoek, antwoorden, umfrage, befragung, antworten, "
    "sondage, reponses, avis, encuesta, respuestas, pesquisa, respostas, avaliacoes",
    "attribute_ratings": "attribute ratings, ratings, panel, importance, satisfaction, beoordelingen, bewertungen, notes, valoraciones, avaliacoes",
    "kano": "kano",
    "prices": "prices, price list, prijzen, preise, prix, precios, precos",
    "quotes": "quotes, interviews, quotations, citaten, zitate, citations, citas, entrevistas, citacoes",
    "department_views": "department views, views, rankings, afdelingen, abteilungen, departements, departamentos",
    "systems": "systems, applications, systemen, applicaties, systeme, anwendungen, systemes, sistemas",
    "referrals": "referrals, recommendations, aanbevelingen, verwijzingen, empfehlungen, parrainages, recommandations, referidos, "
    "recomendaciones, indicacoes",
    "subscriptions": "subscriptions, contracts, memberships, plans, abonnementen, contracten, abonnements, vertrage, contrats, suscripciones, "
    "contratos, assinaturas",
    "initiatives": "initiatives, improvements, projects, initiatieven, verbeteringen, massnahmen, projekte, projets, iniciativas, mejoras, projetos",
}  # fmt: skip


def names_of_column(table: str, column: str) -> tuple[str, ...]:
    """What exports call a canonical column, in six languages: its own name first, then what it is called in this table, then elsewhere.

    Parameters
    ----------
    table, column : str

    Returns
    -------
    tuple of str
        Without capitals, accents and signs.

    Examples
    --------
    >>> names_of_column("orders", "ordered_at")[:3], "besteldatum" in names_of_column("orders", "ordered_at")
    (('ordered at', 'order date', 'order time'), True)
    """
    called = [column.replace("_", " "), *_CALLED.get(f"{table}.{column}", "").split(", "), *_CALLED.get(column, "").split(", ")]
    return tuple(dict.fromkeys(name for name in called if name))


def names_of_table(table: str) -> tuple[str, ...]:
    """What the names of files and sheets call a canonical table, in six languages: its own name first.

    Parameters
    ----------
    table : str

    Returns
    -------
    tuple of str
        Without capitals, accents and signs.

    Examples
    --------
    >>> "bestellingen" in names_of_table("orders")
    True
    """
    return tuple(dict.fromkeys([table.replace("_", " "), *_TABLES_CALLED[table].split(", ")]))
