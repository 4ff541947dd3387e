"""A kick-off message as the product sends it."""

import json

PAYLOAD = {
    "client_id": "shamrock-detailing-columbus",
    "client_name": "Shamrock Detailing (Columbus, OH)",
    "website_url": "http://127.0.0.1:9/",
    "service_area_cities": ["Columbus", "Dublin"],
    "competitors": ["http://127.0.0.1:10/"],
}


def message(payload: dict | None = None) -> dict:
    text = f"Run a full audit.\n\nCLIENT PAYLOAD:\n{json.dumps(payload or PAYLOAD, indent=2)}"
    return {"type": "user.message", "content": [{"type": "text", "text": text}]}
