//! What a response code asks the client to do.

/// What to do about a problem.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Reaction {
    /// Wait, then ask again.
    Wait,
    /// Open fewer connections, then ask again.
    FewerConnections,
    /// Ask for fewer things at once.
    SmallerBatch,
    /// Ask for a smaller page.
    SmallerPage,
    /// Ask again: the trouble passes.
    Retry,
    /// The item or folder is not there any more. That is no failure.
    Gone,
    /// The state of a synchronisation has no meaning any more: start over.
    StartOver,
    /// Ask with an older version.
    OlderVersion,
    /// The account may not do this.
    Denied,
    /// This item is damaged on the server.
    Damaged,
    /// Asking again gives the same answer.
    Permanent,
}

impl Reaction {
    /// Returns what a response code asks for. An unknown one is permanent.
    #[must_use]
    pub fn to(code: &str) -> Self {
        match code {
            "ErrorServerBusy" => Self::Wait,
            "ErrorExceededConnectionCount" => Self::FewerConnections,
            "ErrorTimeoutExpired" | "ErrorTooManyObjectsOpened" | "ErrorMessageSizeExceeded" => {
                Self::SmallerBatch
            }
            "ErrorExceededFindCountLimit" => Self::SmallerPage,
            "ErrorInternalServerTransientError"
            | "ErrorMailboxStoreUnavailable"
            | "ErrorMailboxMoveInProgress"
            | "ErrorConnectionFailed"
            | "ErrorADUnavailable"
            | "ErrorADOperation"
            | "ErrorBatchProcessingStopped"
            | "ErrorNotEnoughMemory" => Self::Retry,
            "ErrorItemNotFound"
            | "ErrorFolderNotFound"
            | "ErrorCannotFindFileAttachment"
            | "ErrorArchiveMailboxNotEnabled" => Self::Gone,
            "ErrorInvalidSyncStateData" | "ErrorSyncFolderNotFound" => Self::StartOver,
            "ErrorInvalidServerVersion" | "ErrorIncorrectSchemaVersion" => Self::OlderVersion,
            "ErrorAccessDenied"
            | "ErrorImpersonateUserDenied"
            | "ErrorImpersonationDenied"
            | "ErrorImpersonationFailed"
            | "ErrorNonExistentMailbox"
            | "ErrorMissingEmailAddress" => Self::Denied,
            "ErrorCorruptData"
            | "ErrorItemCorrupt"
            | "ErrorMimeContentConversionFailed"
            | "ErrorContentConversionFailed"
            | "ErrorMimeContentInvalid"
            | "ErrorMimeContentInvalidBase64String"
            | "ErrorUnsupportedMimeConversion"
            | "ErrorPropertyValidationFailure" => Self::Damaged,
            _ => Self::Permanent,
        }
    }

    /// Returns whether the same request may succeed later.
    #[must_use]
    pub fn is_passing(self) -> bool {
        matches!(
            self,
            Self::Wait | Self::FewerConnections | Self::SmallerBatch | Self::SmallerPage | Self::Retry
        )
    }
}
