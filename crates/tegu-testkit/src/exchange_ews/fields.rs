//! Which properties an item has by its kind, in the order of the schema, since which version, and in which shape.

use super::version::Version::{self, *};

/// The element that an item is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "what the schema has")]
pub enum Kind {
    /// A sticky note, a journal entry, and what else has no element of its own.
    Item,
    /// Mail.
    Message,
    /// An appointment or a meeting.
    CalendarItem,
    /// A contact.
    Contact,
    /// A private list.
    DistributionList,
    /// An invitation in a mail folder.
    MeetingRequest,
    /// An answer to an invitation.
    MeetingResponse,
    /// A cancelled meeting.
    MeetingCancellation,
    /// A task.
    Task,
    /// A post.
    PostItem,
}

impl Kind {
    /// Its element in the types namespace.
    pub(super) fn element(self) -> &'static str {
        match self {
            Self::Item => "Item",
            Self::Message => "Message",
            Self::CalendarItem => "CalendarItem",
            Self::Contact => "Contact",
            Self::DistributionList => "DistributionList",
            Self::MeetingRequest => "MeetingRequest",
            Self::MeetingResponse => "MeetingResponse",
            Self::MeetingCancellation => "MeetingCancellation",
            Self::Task => "Task",
            Self::PostItem => "PostItem",
        }
    }

    /// Whether Exchange makes MIME of it.
    pub(super) fn has_mime(self) -> bool {
        !matches!(
            self,
            Self::Item | Self::Contact | Self::DistributionList | Self::Task
        )
    }

    /// Its properties behind those of every item, in order.
    fn own(self) -> &'static [&'static [Property]] {
        match self {
            Self::Item => &[],
            Self::Message => &[MESSAGE],
            Self::CalendarItem => &[CALENDAR],
            Self::Contact => &[CONTACT],
            Self::DistributionList => &[LIST],
            Self::MeetingRequest => &[MESSAGE, MEETING, REQUEST],
            Self::MeetingResponse | Self::MeetingCancellation => &[MESSAGE, MEETING, ANSWER],
            Self::Task => &[TASK],
            Self::PostItem => &[POST],
        }
    }

    /// All its properties in the order of the schema.
    pub(super) fn properties(self) -> impl Iterator<Item = &'static Property> {
        ITEM.iter().chain(self.own().iter().copied().flatten())
    }
}

/// A property: its field URI, the version that brought it, and whether the default shape has it.
pub(super) struct Property {
    pub(super) uri: &'static str,
    pub(super) since: Version,
    pub(super) default: bool,
}

const fn plain(uri: &'static str) -> Property {
    since(uri, Exchange2007)
}

const fn since(uri: &'static str, since: Version) -> Property {
    Property {
        uri,
        since,
        default: false,
    }
}

const fn default(uri: &'static str) -> Property {
    Property {
        uri,
        since: Exchange2007,
        default: true,
    }
}

/// The property of this URI, whatever item it is of.
pub(super) fn property(uri: &str) -> Option<&'static Property> {
    [
        ITEM, MESSAGE, CALENDAR, CONTACT, LIST, MEETING, REQUEST, ANSWER, TASK, POST,
    ]
    .into_iter()
    .flatten()
    .find(|property| property.uri == uri)
}

const ITEM: &[Property] = &[
    plain("item:MimeContent"),
    default("item:ItemId"),
    plain("item:ParentFolderId"),
    plain("item:ItemClass"),
    default("item:Subject"),
    default("item:Sensitivity"),
    default("item:Body"),
    default("item:Attachments"),
    plain("item:DateTimeReceived"),
    default("item:Size"),
    plain("item:Categories"),
    plain("item:Importance"),
    plain("item:InReplyTo"),
    plain("item:IsSubmitted"),
    plain("item:IsDraft"),
    plain("item:IsFromMe"),
    plain("item:IsResend"),
    plain("item:IsUnmodified"),
    plain("item:InternetMessageHeaders"),
    default("item:DateTimeSent"),
    default("item:DateTimeCreated"),
    plain("item:ReminderDueBy"),
    plain("item:ReminderIsSet"),
    since("item:ReminderNextTime", Exchange2013),
    plain("item:ReminderMinutesBeforeStart"),
    plain("item:DisplayCc"),
    plain("item:DisplayTo"),
    default("item:HasAttachments"),
    plain("item:ExtendedProperty"),
    plain("item:Culture"),
    since("item:EffectiveRights", Exchange2007Sp1),
    since("item:LastModifiedName", Exchange2007Sp1),
    since("item:LastModifiedTime", Exchange2007Sp1),
    since("item:IsAssociated", Exchange2010),
    since("item:WebClientReadFormQueryString", Exchange2010),
    since("item:ConversationId", Exchange2010),
    since("item:Flag", Exchange2013),
    since("item:TextBody", Exchange2013),
];

const MESSAGE: &[Property] = &[
    plain("message:Sender"),
    default("message:ToRecipients"),
    default("message:CcRecipients"),
    plain("message:BccRecipients"),
    default("message:IsReadReceiptRequested"),
    default("message:IsDeliveryReceiptRequested"),
    plain("message:ConversationIndex"),
    plain("message:ConversationTopic"),
    default("message:From"),
    plain("message:InternetMessageId"),
    default("message:IsRead"),
    plain("message:IsResponseRequested"),
    plain("message:References"),
    plain("message:ReplyTo"),
    since("message:ReceivedBy", Exchange2007Sp1),
    since("message:ReceivedRepresenting", Exchange2007Sp1),
];

const CALENDAR: &[Property] = &[
    since("calendar:UID", Exchange2007Sp1),
    since("calendar:RecurrenceId", Exchange2007Sp1),
    since("calendar:DateTimeStamp", Exchange2007Sp1),
    default("calendar:Start"),
    default("calendar:End"),
    plain("calendar:OriginalStart"),
    plain("calendar:IsAllDayEvent"),
    default("calendar:LegacyFreeBusyStatus"),
    default("calendar:Location"),
    plain("calendar:When"),
    plain("calendar:IsMeeting"),
    plain("calendar:IsCancelled"),
    plain("calendar:IsRecurring"),
    plain("calendar:MeetingRequestWasSent"),
    since("calendar:IsResponseRequested", Exchange2007Sp1),
    default("calendar:CalendarItemType"),
    plain("calendar:MyResponseType"),
    default("calendar:Organizer"),
    plain("calendar:RequiredAttendees"),
    plain("calendar:OptionalAttendees"),
    plain("calendar:Resources"),
    plain("calendar:ConflictingMeetingCount"),
    plain("calendar:AdjacentMeetingCount"),
    plain("calendar:Duration"),
    plain("calendar:TimeZone"),
    plain("calendar:AppointmentReplyTime"),
    plain("calendar:AppointmentSequenceNumber"),
    plain("calendar:AppointmentState"),
    plain("calendar:Recurrence"),
    plain("calendar:FirstOccurrence"),
    plain("calendar:LastOccurrence"),
    plain("calendar:ModifiedOccurrences"),
    plain("calendar:DeletedOccurrences"),
    plain("calendar:MeetingTimeZone"),
    since("calendar:StartTimeZone", Exchange2010),
    since("calendar:EndTimeZone", Exchange2010),
    plain("calendar:ConferenceType"),
    plain("calendar:AllowNewTimeProposal"),
    plain("calendar:IsOnlineMeeting"),
    plain("calendar:MeetingWorkspaceUrl"),
    plain("calendar:NetShowUrl"),
    since("calendar:StartTimeZoneId", Exchange2013),
    since("calendar:EndTimeZoneId", Exchange2013),
    since("calendar:IsOrganizer", Exchange2013),
];

const CONTACT: &[Property] = &[
    default("contacts:FileAs"),
    plain("contacts:FileAsMapping"),
    default("contacts:DisplayName"),
    plain("contacts:GivenName"),
    plain("contacts:Initials"),
    plain("contacts:MiddleName"),
    plain("contacts:Nickname"),
    default("contacts:CompleteName"),
    default("contacts:CompanyName"),
    default("contacts:EmailAddresses"),
    default("contacts:PhysicalAddresses"),
    default("contacts:PhoneNumbers"),
    plain("contacts:AssistantName"),
    plain("contacts:Birthday"),
    plain("contacts:BusinessHomePage"),
    plain("contacts:Children"),
    plain("contacts:Companies"),
    plain("contacts:ContactSource"),
    plain("contacts:Department"),
    plain("contacts:Generation"),
    default("contacts:ImAddresses"),
    default("contacts:JobTitle"),
    plain("contacts:Manager"),
    plain("contacts:Mileage"),
    plain("contacts:OfficeLocation"),
    plain("contacts:PostalAddressIndex"),
    plain("contacts:Profession"),
    plain("contacts:SpouseName"),
    plain("contacts:Surname"),
    plain("contacts:WeddingAnniversary"),
    since("contacts:HasPicture", Exchange2010),
    since("contacts:PhoneticFullName", Exchange2010Sp2),
    since("contacts:PhoneticFirstName", Exchange2010Sp2),
    since("contacts:PhoneticLastName", Exchange2010Sp2),
    since("contacts:Alias", Exchange2010Sp2),
    since("contacts:UserSMIMECertificate", Exchange2010Sp2),
    since("contacts:MSExchangeCertificate", Exchange2010Sp2),
];

const LIST: &[Property] = &[
    default("contacts:DisplayName"),
    default("contacts:FileAs"),
    plain("contacts:ContactSource"),
    since("distributionlist:Members", Exchange2010),
];

const MEETING: &[Property] = &[
    plain("meeting:AssociatedCalendarItemId"),
    plain("meeting:IsDelegated"),
    plain("meeting:IsOutOfDate"),
    plain("meeting:HasBeenProcessed"),
    default("meeting:ResponseType"),
    since("calendar:UID", Exchange2007Sp1),
];

const REQUEST: &[Property] = &[
    plain("meetingRequest:MeetingRequestType"),
    default("meetingRequest:IntendedFreeBusyStatus"),
    default("calendar:Start"),
    default("calendar:End"),
    plain("calendar:IsAllDayEvent"),
    default("calendar:Location"),
    plain("calendar:CalendarItemType"),
    default("calendar:Organizer"),
    plain("calendar:RequiredAttendees"),
    plain("calendar:Recurrence"),
];

const ANSWER: &[Property] = &[
    since("calendar:Start", Exchange2013),
    since("calendar:End", Exchange2013),
    since("calendar:Location", Exchange2013),
];

const TASK: &[Property] = &[
    plain("task:ActualWork"),
    plain("task:AssignedTime"),
    plain("task:BillingInformation"),
    plain("task:ChangeCount"),
    plain("task:Companies"),
    plain("task:CompleteDate"),
    plain("task:Contacts"),
    plain("task:DelegationState"),
    plain("task:Delegator"),
    default("task:DueDate"),
    plain("task:IsAssignmentEditable"),
    plain("task:IsComplete"),
    plain("task:IsRecurring"),
    plain("task:IsTeamTask"),
    plain("task:Mileage"),
    plain("task:Owner"),
    default("task:PercentComplete"),
    plain("task:Recurrence"),
    default("task:StartDate"),
    default("task:Status"),
    plain("task:StatusDescription"),
    plain("task:TotalWork"),
];

const POST: &[Property] = &[
    plain("message:ConversationIndex"),
    plain("message:ConversationTopic"),
    default("message:From"),
    plain("message:InternetMessageId"),
    plain("message:IsRead"),
    plain("postitem:PostedTime"),
    plain("message:References"),
    plain("message:Sender"),
];
