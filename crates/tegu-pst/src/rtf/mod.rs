//! Bodies in Rich Text Format: decompressed ([MS-OXRTFCP]), and turned back into the HTML or the text that they were made from
//! ([MS-OXRTFEX]).
//!
//! ```
//! let rtf = br"{\rtf1\ansi\ansicpg1251\fromtext {\fonttbl{\f0\fcharset204 Arial;}}\f0 \'cf\'f0\'e8\'e2\'e5\'f2\par }";
//! let body = tegu_pst::rtf::read(rtf)?;
//! assert_eq!(body.origin, tegu_pst::rtf::Origin::Text);
//! assert_eq!(body.text, "Привет\r\n");
//! # Ok::<(), tegu_pst::Error>(())
//! ```

mod compress;
mod read;
mod token;

pub use compress::decompress;
pub use read::{Body, Origin, read};
