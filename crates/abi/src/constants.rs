//! Every C constant of the modelled calls by name, for the language and the trace reader.

use crate::{Errno, Signal};

/// The value of the C constant `name`, as Linux on x86-64 defines it.
pub fn value_of(name: &str) -> Option<i64> {
    let errno = Errno::ALL
        .iter()
        .find(|e| e.name() == name)
        .map(|e| i64::from(e.number()));
    errno.or_else(|| {
        Signal::ALL
            .iter()
            .find(|s| s.name() == name)
            .map(|s| i64::from(s.number()))
    })
}
