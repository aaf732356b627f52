//! Lists, tables and properties: heaps, B-trees on them, property contexts, table contexts ([MS-PST] section 2.3).

mod bth;
mod heap;
mod props;
mod table;
mod value;

pub use props::{Properties, RawProperty};
pub use table::{Column, Row, Table};
pub use value::{Kind, Value};

pub(crate) use value::utf16;
