"""The audit as data: the JSON file, whose shape is published as audit.schema.json."""

from local_seo import VERSION
from local_seo.audit_context import Audit
from local_seo.findings import Evidence, Finding, short_hash
from local_seo.page import JsonValue, PageRecord
from local_seo.rules import EFFORT_WORDS
from local_seo.score import FORMULA, ModuleScore, Scores, kept
from local_seo.site import content_of

_MAX_EVIDENCE = 200
_MAX_PAGES = 2000

Json = dict[str, JsonValue]


def audit_data(audit: Audit, scores: Scores, generated_at: str) -> Json:
    client = audit.client
    return {
        "schema_version": 1,
        "generator": f"local-seo-audit {VERSION}",
        "generated_at": generated_at,
        "overall_score": scores.overall,
        "max_score": 100,
        "formula": FORMULA,
        "client": {
            "client_id": client.client_id,
            "client_name": client.name,
            "website_url": client.website_url,
            "business_address": client.address,
            "phone": audit.phone,
            "phone_source": audit.phone_source if audit.phone else "",
            "gbp_url": client.gbp_url,
            "service_area_cities": list(client.cities),
            "seed_keywords": list(client.keywords),
            "competitors": list(client.competitors),
            "priority_services_ranked": list(client.services),
            "business_usps": list(client.usps),
        },
        "top_priorities": [
            {"severity": f.rule.severity, "text": f.headline, "finding_id": f.rule.id}
            for f in scores.priorities
        ],
        "modules": [_module(module) for module in scores.modules],
        "findings": [_finding(finding) for finding in audit.findings.sorted()],
        "not_checked": [
            {"what": entry.what, "reason": entry.reason, "module": entry.module}
            for entry in audit.not_checked
        ],
        "coverage": _coverage(audit),
        "keywords": [
            {
                "keyword": use.keyword,
                "title_url": use.in_title,
                "h1_url": use.in_h1,
                "pages_with_text": use.in_text,
                "best_url": use.best_url,
            }
            for use in audit.keywords
        ],
        "competitors": [
            {
                "name": column.name,
                "url": column.url,
                "is_client": column.is_client,
                "signals": dict(column.values),
            }
            for column in audit.signals
        ],
        "crawl": _crawl(audit),
        "pages": [_page(page) for page in audit.site.pages[:_MAX_PAGES]],
    }


def _module(score: ModuleScore) -> Json:
    return {
        "name": score.module.name,
        "title": score.module.title,
        "weight": score.module.weight,
        "checked": score.score is not None,
        "reason": score.reason,
        "score": score.score,
        "max_score": 100,
        "counts": dict(score.counts),
        "deductions": [
            {"finding_id": finding.rule.id, "keeps": round(kept(finding), 4)} for finding in score.findings
        ],
    }


def _finding(finding: Finding) -> Json:
    rule = finding.rule
    return {
        "id": rule.id,
        "key": finding.key,
        "slug": rule.slug,
        "module": rule.module,
        "severity": rule.severity,
        "title": rule.title,
        "action": finding.headline,
        "why": rule.why,
        "fix": rule.fix,
        "effort": rule.effort,
        "effort_text": EFFORT_WORDS[rule.effort],
        "affected_count": finding.affected,
        "checked_count": max(finding.eligible, finding.affected),
        "evidence": [_evidence(rule.id, place) for place in finding.evidence[:_MAX_EVIDENCE]],
    }


def _evidence(rule_id: str, place: Evidence) -> Json:
    entry: Json = {
        "key": short_hash(rule_id, place.url, place.subject),
        "url": place.url,
        "excerpt": place.excerpt,
        "subject": place.subject,
        "related": list(place.related),
    }
    if place.measured_ms is not None:
        entry["measured_ms"] = place.measured_ms
    return entry


def _coverage(audit: Audit) -> Json:
    coverage = audit.coverage
    return {
        "cities": [{"city": city, "pages": list(coverage.city_pages[city])} for city in coverage.cities],
        "services": [
            {"service": service, "pages": list(coverage.service_pages[service])}
            for service in coverage.services
        ],
        "cells": [
            {"city": city, "service": service, "state": cell.state, "url": cell.url}
            for (city, service), cell in coverage.cells.items()
        ],
    }


def _crawl(audit: Audit) -> Json:
    site = audit.site
    statuses: dict[str, int] = {}
    for record in site.records.values():
        name = str(record.status) if record.status else "failed"
        statuses[name] = statuses.get(name, 0) + 1
    return {
        "given_url": site.given,
        "start_url": site.start,
        "pages": site.stats.pages,
        "addresses": len(site.records),
        "statuses": {name: statuses[name] for name in sorted(statuses)},
        "sitemaps": list(site.sitemaps.files),
        "sitemap_entries": len(site.sitemaps.entries),
        "robots_txt": site.robots.state if site.robots else "not read",
        "crawl_delay_s": site.robots.crawl_delay_s if site.robots else 0.0,
        "blocked_by_robots": site.stats.blocked_by_robots,
        "not_followed": site.stats.not_followed,
        "stopped_by": site.stats.stopped_by,
        "failure": site.failure,
        "timings": {
            "requests": site.stats.requests,
            "wire_bytes": site.stats.wire_bytes,
            "duration_s": round(site.stats.duration_s, 3),
            "median_first_byte_ms": median_first_byte(site.pages),
        },
    }


def median_first_byte(pages: list[PageRecord]) -> int:
    times = sorted(page.first_byte_ms for page in pages)
    return times[len(times) // 2] if times else 0


def _page(page: PageRecord) -> Json:
    content = content_of(page)
    return {
        "url": page.url,
        "title": content.title,
        "description": content.description,
        "h1": content.first_h1(),
        "words": content.words,
        "noindex": page.noindex,
        "canonical": content.canonicals[0] if content.canonicals else "",
        "links": len(content.links),
        "depth": page.depth,
        "bytes": page.body_bytes,
    }
