"""Structured data: JSON-LD, and microdata as far as a business entry needs it."""

import json
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from local_seo.page import JsonValue

_MAX_BLOCKS = 50
_MAX_BLOCK_CHARS = 200_000
_MAX_NESTING = 12

# schema.org types that stand for a place customers can call or visit (a choice of the usual ones).
_TYPES = """
LocalBusiness AnimalShelter AutomotiveBusiness AutoBodyShop AutoDealer AutoPartsStore AutoRental AutoRepair
AutoWash GasStation MotorcycleDealer MotorcycleRepair ChildCare Dentist DryCleaningOrLaundry EmergencyService
EmploymentAgency EntertainmentBusiness FinancialService AccountingService InsuranceAgency FoodEstablishment
Bakery BarOrPub Brewery CafeOrCoffeeShop FastFoodRestaurant IceCreamShop Restaurant HealthAndBeautyBusiness
BeautySalon DaySpa HairSalon HealthClub NailSalon TattooParlor HomeAndConstructionBusiness Electrician
GeneralContractor HVACBusiness HousePainter Locksmith MovingCompany Plumber RoofingContractor LegalService
Attorney Notary Library LodgingBusiness Hotel Motel MedicalBusiness MedicalClinic Optician Pharmacy Physician
ProfessionalService RealEstateAgent RecyclingCenter SelfStorage ShoppingCenter SportsActivityLocation Store
TouristInformationCenter TravelAgency VeterinaryCare
"""
BUSINESS_TYPES = frozenset(_TYPES.split())


def read_structured(tree: LexborHTMLParser) -> tuple[tuple[dict[str, JsonValue], ...], tuple[str, ...]]:
    """Every entity of the page (nested graphs flattened), and the beginnings of blocks that are no JSON."""
    found: list[dict[str, JsonValue]] = []
    broken: list[str] = []
    for node in tree.css('script[type="application/ld+json" i]')[:_MAX_BLOCKS]:
        text = node.text(deep=True).strip()
        try:
            found.extend(_entities(_parse(text)))
        except (ValueError, RecursionError) as error:
            broken.append(f"{error}: {text[:120]}")
    found.extend(_microdata(tree))
    return tuple(found), tuple(broken)


def _parse(text: str) -> JsonValue:
    if not text:
        raise ValueError("the block is empty")
    if len(text) > _MAX_BLOCK_CHARS:
        raise ValueError("the block is too large")
    return json.loads(text.removeprefix("<!--").removesuffix("-->"))


def _entities(value: JsonValue, depth: int = 0) -> Iterator[dict[str, JsonValue]]:
    if depth > _MAX_NESTING:
        return
    if isinstance(value, list):
        for item in value:
            yield from _entities(item, depth + 1)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemReviewed", "provider", "publisher"):
            if key in value:
                yield from _entities(value[key], depth + 1)


def types_of(entity: dict[str, JsonValue]) -> set[str]:
    raw = entity.get("@type")
    names = raw if isinstance(raw, list) else [raw]
    return {str(name).rpartition("/")[2] for name in names if isinstance(name, str)}


def is_business(entity: dict[str, JsonValue]) -> bool:
    return not BUSINESS_TYPES.isdisjoint(types_of(entity))


def text_of(value: JsonValue) -> str:
    """A property as text, whatever clothes it wears (string, number, list, {"@value": …})."""
    if isinstance(value, list):
        return text_of(value[0]) if value else ""
    if isinstance(value, dict):
        return text_of(value.get("@value", value.get("name")))
    return "" if value is None or isinstance(value, bool) else " ".join(str(value).split())


def texts_of(value: JsonValue) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [text for text in (text_of(item) for item in items) if text]


def address_text(entity: dict[str, JsonValue]) -> str:
    """PostalAddress, or an address written as one text, in the usual order."""
    raw = entity.get("address")
    address = raw[0] if isinstance(raw, list) and raw else raw
    if not isinstance(address, dict):
        return text_of(address)
    street, city, region, code = (
        text_of(address.get(name))
        for name in ("streetAddress", "addressLocality", "addressRegion", "postalCode")
    )
    return ", ".join(part for part in (street, city, f"{region} {code}".strip()) if part)


def _microdata(tree: LexborHTMLParser) -> Iterator[dict[str, JsonValue]]:
    for node in tree.css("[itemscope][itemtype]")[:_MAX_BLOCKS]:
        name = (node.attributes.get("itemtype") or "").rpartition("/")[2]
        if name in BUSINESS_TYPES:
            yield _microdata_item(node, name)


def _microdata_item(scope: LexborNode, name: str) -> dict[str, JsonValue]:
    entity: dict[str, JsonValue] = {"@type": name}
    address: dict[str, JsonValue] = {}
    for node in scope.css("[itemprop]"):
        prop = node.attributes.get("itemprop") or ""
        value = _microdata_value(node)
        if prop in {"streetAddress", "addressLocality", "addressRegion", "postalCode"}:
            address.setdefault(prop, value)
        elif "itemscope" in node.attributes:
            entity.setdefault(prop, {"@type": (node.attributes.get("itemtype") or "").rpartition("/")[2]})
        else:
            entity.setdefault(prop, value)
    if address:
        entity["address"] = address
    return entity


def _microdata_value(node: LexborNode) -> str:
    for attribute in ("content", "href", "src", "datetime"):
        value = node.attributes.get(attribute)
        if value:
            return value
    return " ".join(node.text(deep=True, separator=" ").split())
