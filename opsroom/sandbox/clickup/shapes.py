"""What ClickUp answers: tasks, lists, comments, attachments and webhooks in the vendor's form."""

from opsroom.sandbox.clickup.state import Attachment, ClickUp, Comment, Task, TaskList
from opsroom.sandbox.clickup.webhooks import Webhook
from opsroom.sandbox.wire import JsonObject, millis

_CREATED = "1621915186877"


def user_shape(user: JsonObject) -> JsonObject:
    return {k: user[k] for k in ("id", "username", "color", "email", "profilePicture")}


def task_shape(host: ClickUp, task: Task, urls: str) -> JsonObject:
    task_list = host.lists[task.list_id]
    return {
        "id": task.id,
        "custom_id": task.custom_id,
        "custom_item_id": 0,
        "name": task.name,
        "text_content": task.description,
        "description": task.description,
        "status": status_shape(task_list, task.status),
        "orderindex": f"{task.number}.00000000000000000000000000000000",
        "date_created": str(millis(task.created_at)),
        "date_updated": str(millis(task.updated_at)),
        "date_closed": str(millis(task.closed_at)) if task.closed_at else None,
        "date_done": str(millis(task.closed_at)) if task.closed_at else None,
        "archived": task.archived,
        "creator": user_shape(host.users[0]),
        "assignees": [],
        "group_assignees": [],
        "watchers": [],
        "checklists": [],
        "tags": [],
        "parent": None,
        "top_level_parent": None,
        "priority": None,
        "due_date": None,
        "start_date": None,
        "points": None,
        "time_estimate": None,
        "time_spent": 0,
        "custom_fields": _fields_shape(task_list, task),
        "dependencies": [],
        "linked_tasks": [],
        "locations": [],
        "team_id": host.team_id,
        "url": f"{urls}/view/clickup/{task.id}",
        "sharing": {
            "public": False,
            "public_share_expires_on": None,
            "public_fields": ["assignees", "comments"],
            "token": None,
            "seo_optimized": False,
        },
        "permission_level": "create",
        "list": {"id": task_list.id, "name": task_list.name, "access": True},
        "project": {"id": "457", "name": task_list.folder, "hidden": False, "access": True},
        "folder": {"id": "457", "name": task_list.folder, "hidden": False, "access": True},
        "space": {"id": task_list.space_id},
        "attachments": [_attached_shape(host, task, a, urls) for a in task.attachments],
    }


def _fields_shape(task_list: TaskList, task: Task) -> list[JsonObject]:
    shown: list[JsonObject] = []
    for custom_field in task_list.fields:
        entry: JsonObject = {
            "id": custom_field.id,
            "name": custom_field.name,
            "type": custom_field.type,
            "type_config": custom_field.config(),
            "date_created": _CREATED,
            "hide_from_guests": False,
            "required": custom_field.required,
        }
        if custom_field.id in task.values:  # an unset field has no value member at all
            entry["value"] = task.values[custom_field.id]
        shown.append(entry)
    return shown


def status_shape(task_list: TaskList, name: str) -> JsonObject:
    status = task_list.status(name)
    return {
        "id": status.id,
        "status": status.name,
        "color": status.color,
        "orderindex": status.orderindex,
        "type": status.type,
    }


def list_shape(host: ClickUp, task_list: TaskList) -> JsonObject:
    return {
        "id": task_list.id,
        "name": task_list.name,
        "orderindex": 1,
        "content": "",
        "status": None,
        "priority": None,
        "assignee": None,
        "task_count": str(sum(t.list_id == task_list.id for t in host.tasks.values())),
        "due_date": None,
        "start_date": None,
        "folder": {"id": "457", "name": task_list.folder, "hidden": False, "access": True},
        "space": {"id": task_list.space_id, "name": "Clients", "access": True},
        "archived": False,
        "override_statuses": True,
        "statuses": [status_shape(task_list, s.name) for s in task_list.statuses],
        "permission_level": "create",
    }


def fields_of_list_shape(task_list: TaskList) -> list[JsonObject]:
    return [
        {
            "id": f.id,
            "name": f.name,
            "type": f.type,
            "type_config": f.config(),
            "date_created": _CREATED,
            "hide_from_guests": False,
            "required": f.required,
        }
        for f in task_list.fields
    ]


def comment_shape(host: ClickUp, comment: Comment) -> JsonObject:
    return {
        "id": comment.id,
        "comment": comment.blocks or [{"text": comment.text}],
        "comment_text": comment.text,
        "user": host.users[0],
        "resolved": False,
        "assignee": None,
        "assigned_by": None,
        "reactions": [],
        "date": str(millis(comment.at)),
        "reply_count": "0",
    }


def attachment_shape(attachment: Attachment, urls: str) -> JsonObject:
    _, dot, extension = attachment.title.rpartition(".")
    url = f"{urls}/view/clickup-attachment/{attachment.id}"
    return {
        "id": attachment.id,
        "version": "0",
        "date": millis(attachment.at),
        "title": attachment.title,
        "extension": extension if dot else "",
        "thumbnail_small": "",
        "thumbnail_large": "",
        "url": url,
    }


def _attached_shape(host: ClickUp, task: Task, attachment: Attachment, urls: str) -> JsonObject:
    """As a task shows it: more members than the answer to an upload, and the version is a number here."""
    shape = attachment_shape(attachment, urls)
    return shape | {
        "version": 0,
        "type": 1,
        "source": 1,
        "thumbnail_small": None,
        "thumbnail_medium": None,
        "thumbnail_large": None,
        "is_folder": None,
        "mimetype": attachment.media_type,
        "hidden": False,
        "parent_id": task.id,
        "size": attachment.blob.size,
        "total_comments": 0,
        "resolved_comments": 0,
        "user": host.users[0],
        "deleted": False,
        "orientation": None,
        "email_data": None,
        "url_w_query": f"{shape['url']}?view=open",
        "url_w_host": shape["url"],
    }


def webhook_shape(host: ClickUp, webhook: Webhook) -> JsonObject:
    place = {k: webhook.location.get(k) for k in ("task_id", "list_id", "folder_id", "space_id")}
    return {
        "id": webhook.id,
        "userid": host.users[0]["id"],
        "team_id": int(host.team_id),
        "endpoint": webhook.endpoint,
        "client_id": "SANDBOX",
        "events": webhook.events,
        **place,
        "health": {"status": webhook.status, "fail_count": webhook.fail_count},
        "secret": webhook.secret,
    }
