//! A lab as a link: everything that is needed to be at the same moment again, in a text for a URL's hash.
//!
//! The text is the format's version, a dot, and base64url of a zlib stream of a postcard record
//! ([`wire`]). Whatever a text holds, [`Link::decode`] gives a link or a [`LinkError`], with bounded work and memory.

mod wire;

use std::fmt;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};

use crate::history::MOST_STEPS;
use crate::input::{Input, LabFile, Setup};

/// The version that is written and read.
const VERSION: &str = "1";
/// The longest text that is read, in bytes.
const LONGEST_TEXT: usize = 1 << 20;
/// The largest record that a text may unfold to, in bytes.
const LARGEST_RECORD: usize = 4 << 20;
/// Files up to this size, and so much of them together, travel in the link; of larger ones only name, size and hash.
const INLINE_FILES: usize = 48 << 10;

/// Where and how a lab is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// How it began.
    pub setup: Setup,
    /// What was given to it, and at which position.
    pub inputs: Vec<(u64, Input)>,
    /// The position.
    pub position: u64,
    /// The hash of its state there: another one after restoring means that the lab itself has changed since.
    pub hash: u64,
    /// The files that were too large to travel. In `setup` and `inputs` zeros stand for them.
    pub absent: Vec<AbsentFile>,
}

/// A file that a link only names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsentFile {
    /// Its path.
    pub name: Rc<str>,
    /// Its size in bytes.
    pub size: u64,
    /// The hash of its bytes.
    pub hash: u64,
}

impl fmt::Display for AbsentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AbsentFile { name, size, .. } = self;
        write!(
            f,
            "The file `{name}` ({size} bytes) was too large to travel in the link. Add it again; until then it is all zeros."
        )
    }
}

/// Why a text is no link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// There is nothing.
    Empty,
    /// It was written by another version of the lab.
    OtherVersion,
    /// Its end is missing.
    CutOff,
    /// It was changed on its way, or never was a link.
    Damaged,
    /// It is larger than links may be.
    TooLarge,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LinkError::Empty => "The link holds no lab.",
            LinkError::OtherVersion => {
                "The link was made by another version of the lab, which this one cannot read."
            }
            LinkError::CutOff => {
                "The end of the link is missing: it was cut off on its way. Copy the whole of it."
            }
            LinkError::Damaged => {
                "The link is damaged: some of its characters are not those that it was made with."
            }
            LinkError::TooLarge => "The link is larger than a lab's link may be.",
        })
    }
}

impl std::error::Error for LinkError {}

impl Link {
    /// The text.
    pub fn encode(&self) -> String {
        let record = wire::write(self);
        let packed = compress_to_vec_zlib(&record, 9);
        format!("{VERSION}.{}", URL_SAFE_NO_PAD.encode(packed))
    }

    /// The link of a text; a leading `#` is ignored.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn decode(text: &str) -> Result<Link, LinkError> {
        let text = text.trim().trim_start_matches('#');
        if text.is_empty() {
            return Err(LinkError::Empty);
        }
        if text.len() > LONGEST_TEXT {
            return Err(LinkError::TooLarge);
        }
        let (version, body) = text.split_once('.').ok_or(LinkError::Damaged)?;
        if version != VERSION {
            let number = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
            return Err(if number {
                LinkError::OtherVersion
            } else {
                LinkError::Damaged
            });
        }
        let link = wire::read(&unpack(body)?).ok_or(LinkError::Damaged)?;
        if link.position > MOST_STEPS || !link.inputs.is_sorted_by_key(|(position, _)| *position) {
            return Err(LinkError::Damaged);
        }
        Ok(link)
    }

    /// Puts a file that was too large to travel in its places. False when none of that name, size and hash is absent.
    pub fn supply(&mut self, file: &LabFile) -> bool {
        let wanted = absent(file);
        let before = self.absent.len();
        self.absent.retain(|absent| *absent != wanted);
        if self.absent.len() == before {
            return false;
        }
        let given = self.inputs.iter_mut().filter_map(|(_, input)| match input {
            Input::File(file) => Some(file),
            _ => None,
        });
        for place in self.setup.files.iter_mut().chain(given) {
            if place.name == file.name && place.bytes.len() == file.bytes.len() {
                *place = file.clone();
            }
        }
        true
    }
}

fn unpack(body: &str) -> Result<Vec<u8>, LinkError> {
    let packed = URL_SAFE_NO_PAD.decode(body).map_err(|error| match error {
        base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidLastSymbol(..) => {
            LinkError::CutOff
        }
        _ => LinkError::Damaged,
    })?;
    decompress_to_vec_zlib_with_limit(&packed, LARGEST_RECORD).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => LinkError::TooLarge,
        TINFLStatus::FailedCannotMakeProgress | TINFLStatus::NeedsMoreInput => LinkError::CutOff,
        _ => LinkError::Damaged,
    })
}

/// What a link says of a file that does not travel in it.
fn absent(file: &LabFile) -> AbsentFile {
    use std::hash::Hasher as _;
    let mut hasher = fnv::FnvHasher::default();
    hasher.write(&file.bytes);
    AbsentFile {
        name: file.name.clone(),
        size: file.bytes.len() as u64,
        hash: hasher.finish(),
    }
}

#[cfg(test)]
mod tests;
