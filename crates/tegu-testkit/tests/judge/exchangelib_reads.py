"""Reads a mailbox with exchangelib and says what it holds, as JSON.

Arguments: URL, user, password, address, basic or NTLM, impersonation or delegate, file of the authority or "-"; "public" for the public
folders alone.
"""

import hashlib
import json
import sys
import warnings

from exchangelib import (
    BASIC, DELEGATE, IMPERSONATION, NTLM, UTC, Account, Configuration, Contact, Credentials, DistributionList,
    EWSTimeZone, ExtendedProperty, Message, Task,
)
from exchangelib.attachments import FileAttachment, ItemAttachment

warnings.simplefilter("ignore")
# This release of the library does not know the name of zones that were made by hand.
EWSTimeZone.MS_TO_IANA_MAP["tzone://Microsoft/Custom"] = "UTC"


class FlagStatus(ExtendedProperty):
    property_tag = 0x1090
    property_type = "Integer"


class LastVerb(ExtendedProperty):
    property_tag = 0x1081
    property_type = "Integer"


class ImapUid(ExtendedProperty):
    property_tag = 0x0E23
    property_type = "Integer"


class Colour(ExtendedProperty):
    property_set_id = "0006200E-0000-0000-C000-000000000046"
    property_id = 0x8B00
    property_type = "Integer"


Message.register("flag_status", FlagStatus)
Message.register("last_verb", LastVerb)
Message.register("imap_uid", ImapUid)
Message.register("colour", Colour)


def digest(octets):
    return hashlib.sha256(octets).hexdigest() if octets is not None else None


def time(value):
    return str(value.astimezone(UTC)) if hasattr(value, "astimezone") else str(value) if value else None


def person(mailbox):
    return f"{mailbox.name} <{mailbox.email_address}>" if mailbox else None


def people(mailboxes):
    return [person(mailbox) for mailbox in mailboxes or []]


def attendees(list_):
    return [f"{person(one.mailbox)} {one.response_type} {time(one.last_response_time)}" for one in list_ or []]


def attachments(item):
    out = []
    for attachment in item.attachments or []:
        if isinstance(attachment, FileAttachment):
            out.append([attachment.name, attachment.content_type, bool(attachment.is_inline), digest(attachment.content)])
        elif isinstance(attachment, ItemAttachment):
            out.append([attachment.name, attachment.item.subject])
        else:
            out.append([attachment.name])
    # The library puts items before files.
    return sorted(out)


def recurrence(value):
    return None if value is None else [str(value.pattern), str(value.boundary)]


def message(item):
    return {
        "subject": item.subject,
        "from": person(item.author),
        "to": people(item.to_recipients),
        "cc": people(item.cc_recipients),
        "received": time(item.datetime_received),
        "read": item.is_read,
        "draft": item.is_draft,
        "flag": item.flag_status,
        "verb": item.last_verb,
        "uid": item.imap_uid,
        "categories": item.categories,
        "id": item.message_id,
        "body": str(item.body),
        "text": item.text_body,
        "mime": digest(item.mime_content),
        "class": item.item_class,
        "attachments": attachments(item),
    }


def event(item, account):
    exceptions = [
        [time(one.original_start), event(next(iter(account.fetch([one]))), account)]
        for one in item.modified_occurrences or []
    ]
    return {
        "subject": item.subject,
        "start": time(item.start),
        "end": time(item.end),
        "all_day": item.is_all_day,
        "zone": item._start_timezone.key if item._start_timezone else None,
        "where": item.location,
        "organizer": person(item.organizer),
        "required": attendees(item.required_attendees),
        "optional": attendees(item.optional_attendees),
        "resources": attendees(item.resources),
        "mine": item.my_response_type,
        "recurrence": recurrence(item.recurrence),
        "deleted": [time(one.start) for one in item.deleted_occurrences or []],
        "exceptions": exceptions,
        "reminder": item.reminder_minutes_before_start if item.reminder_is_set else None,
        "busy": item.legacy_free_busy_status,
        "sensitivity": item.sensitivity,
        "categories": item.categories,
        "uid": item.uid,
        "text": item.text_body,
        "attachments": attachments(item),
        "mime": digest(item.mime_content),
    }


def contact(item):
    return {
        "given": item.given_name,
        "surname": item.surname,
        "display": item.display_name,
        "file_as": item.file_as,
        "company": item.company_name,
        "department": item.department,
        "title": item.job_title,
        "birthday": time(item.birthday),
        "children": item.children,
        "mail": [[one.label, one.email] for one in item.email_addresses or []],
        "phones": [[one.label, one.phone_number] for one in item.phone_numbers or [] if one.phone_number],
        "addresses": [
            [one.label, one.street, one.city, one.state, one.country, one.zipcode]
            for one in item.physical_addresses or []
        ],
        "notes": item.text_body,
        "picture": attachments(item),
    }


def private_list(item):
    return {
        "display": item.display_name,
        "members": [[person(one.mailbox), one.mailbox.mailbox_type] for one in item.members or []],
    }


def task(item):
    return {
        "subject": item.subject,
        "status": item.status,
        "percent": int(item.percent_complete),
        "start": time(item.start_date),
        "due": time(item.due_date),
        "recurrence": recurrence(item.recurrence),
        "owner": item.owner,
        "text": item.text_body,
    }


def folders(folder, path=""):
    for child in sorted(folder.children, key=lambda one: one.name):
        yield [path + child.name, child.folder_class, child.total_count]
        yield from folders(child, path + child.name + "/")


def permissions(folder):
    out = []
    for one in (folder.permission_set.calendar_permissions or []):
        who = one.user_id.primary_smtp_address or one.user_id.distinguished_user
        out.append([who, one.calendar_permission_level, one.read_items])
    return out


def main():
    url, user, password, address, scheme, access, authority, *only = sys.argv[1:]
    if authority != "-":
        import os
        os.environ["REQUESTS_CA_BUNDLE"] = authority
    configuration = Configuration(
        service_endpoint=url,
        credentials=Credentials(user, password),
        auth_type=NTLM if scheme == "ntlm" else BASIC,
    )
    account = Account(
        primary_smtp_address=address,
        config=configuration,
        autodiscover=False,
        access_type=IMPERSONATION if access == "impersonation" else DELEGATE,
        default_timezone=UTC,
    )
    if only == ["public"]:
        print(json.dumps(list(folders(account.public_folders_root)), ensure_ascii=False))
        return
    every = lambda folder: list(folder.all().order_by("subject"))
    contacts = every(account.contacts)
    oof = account.oof_settings
    out = {
        "version": account.version.api_version,
        "folders": list(folders(account.msg_folder_root)),
        "inbox": [message(item) for item in every(account.inbox)],
        "calendar": [event(item, account) for item in every(account.calendar)],
        "contacts": [contact(item) for item in contacts if isinstance(item, Contact)],
        "lists": [private_list(item) for item in contacts if isinstance(item, DistributionList)],
        "tasks": [task(item) for item in every(account.tasks) if isinstance(item, Task)],
        "notes": [[item.item_class, item.subject, item.text_body, item.colour] for item in every(account.notes)],
        "permissions": permissions(account.calendar),
        "out_of_office": [oof.state, oof.external_audience, time(oof.start), time(oof.end), oof.internal_reply,
                          oof.external_reply],
        "delegates": [
            [one.user_id.primary_smtp_address,
             [getattr(one.delegate_permissions, f"{name}_folder_permission_level")
              for name in ("calendar", "tasks", "inbox", "contacts", "notes", "journal")],
             one.receive_copies_of_meeting_messages, one.view_private_items]
            for one in account.delegates
        ],
        "rooms": [[one.name, one.email_address] for one in account.protocol.get_roomlists()],
        "names": [[one.name, one.email_address] for one in account.protocol.resolve_names(["анна"])],
        "group": [one.email_address for one in account.protocol.expand_dl("all@corp.example")],
        "zones": sorted(one.id for one in account.protocol.get_timezones()),
        "category_list": account.calendar.get_user_configuration("CategoryList").xml_data.decode(),
    }
    archive = None
    try:
        archive = list(folders(account.archive_msg_folder_root))
    except Exception as error:  # whatever it is, the test shows it
        archive = repr(error)
    out["archive"] = archive
    print(json.dumps(out, ensure_ascii=False, indent=1, default=str))


main()
