/// What the header of a message should be found to hold. An empty list is not compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    pub(crate) from: Vec<String>,
    pub(crate) to: Vec<String>,
    pub(crate) cc: Vec<String>,
    pub(crate) bcc: Vec<String>,
    pub(crate) subject: Option<String>,
    pub(crate) date: Option<i64>,
    pub(crate) message_id: String,
}
