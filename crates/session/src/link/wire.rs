//! The record within a link: plain data with serde, apart from the lab's own types, so that those may change.

use std::rc::Rc;

use abi::Pid;
use serde::{Deserialize, Serialize};

use super::{AbsentFile, INLINE_FILES, Link, absent};
use crate::input::{Input, LabFile, Preset, Setup};

#[derive(Serialize, Deserialize)]
struct Record {
    preset: Preset,
    program: String,
    files: Vec<File>,
    inputs: Vec<(u64, Given)>,
    position: u64,
    hash: u64,
}

#[derive(Serialize, Deserialize)]
struct File {
    name: String,
    contents: Contents,
}

#[derive(Serialize, Deserialize)]
enum Contents {
    Bytes(Vec<u8>),
    Absent { size: u64, hash: u64 },
}

#[derive(Serialize, Deserialize)]
enum Given {
    Statement(i32, String),
    File(File),
    Prefer(i32),
    DropCaches,
}

/// The record of a link.
pub fn write(link: &Link) -> Vec<u8> {
    let mut room = INLINE_FILES;
    let files = link
        .setup
        .files
        .iter()
        .map(|file| write_file(file, &link.absent, &mut room))
        .collect();
    let inputs = link.inputs.iter().map(|(position, input)| {
        let given = match input {
            Input::Statement { pid, text } => Given::Statement(pid.0, text.to_string()),
            Input::File(file) => Given::File(write_file(file, &link.absent, &mut room)),
            Input::Prefer(pid) => Given::Prefer(pid.0),
            Input::DropCaches => Given::DropCaches,
        };
        (*position, given)
    });
    let record = Record {
        preset: link.setup.preset,
        program: link.setup.program.to_string(),
        files,
        inputs: inputs.collect(),
        position: link.position,
        hash: link.hash,
    };
    // Serialising to memory cannot fail for these types; an empty record would be refused on reading.
    postcard::to_allocvec(&record).unwrap_or_default()
}

fn write_file(file: &LabFile, absences: &[AbsentFile], room: &mut usize) -> File {
    let still_absent = absences
        .iter()
        .find(|absent| absent.name == file.name && absent.size == file.bytes.len() as u64);
    let contents = match (still_absent, room.checked_sub(file.bytes.len())) {
        (Some(AbsentFile { size, hash, .. }), _) => Contents::Absent {
            size: *size,
            hash: *hash,
        },
        (None, Some(left)) => {
            *room = left;
            Contents::Bytes(file.bytes.to_vec())
        }
        (None, None) => {
            let AbsentFile { size, hash, .. } = absent(file);
            Contents::Absent { size, hash }
        }
    };
    File {
        name: file.name.to_string(),
        contents,
    }
}

/// The link of a record; none where it is none.
pub fn read(bytes: &[u8]) -> Option<Link> {
    let (record, rest) = postcard::take_from_bytes::<Record>(bytes).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut absences = Vec::new();
    let mut room = LabFile::LARGEST;
    let files = record
        .files
        .into_iter()
        .map(|file| read_file(file, &mut absences, &mut room));
    let files = files.collect::<Option<Vec<LabFile>>>()?;
    let inputs = record.inputs.into_iter().map(|(position, given)| {
        let input = match given {
            Given::Statement(pid, text) => Input::Statement {
                pid: Pid(pid),
                text: text.into(),
            },
            Given::File(file) => Input::File(read_file(file, &mut absences, &mut room)?),
            Given::Prefer(pid) => Input::Prefer(Pid(pid)),
            Given::DropCaches => Input::DropCaches,
        };
        Some((position, input))
    });
    let inputs = inputs.collect::<Option<Vec<_>>>()?;
    Some(Link {
        setup: Setup {
            preset: record.preset,
            program: record.program.into(),
            files,
        },
        inputs,
        position: record.position,
        hash: record.hash,
        absent: absences,
    })
}

/// A file of a record; `room` is how many bytes of files may still be absent.
fn read_file(file: File, absences: &mut Vec<AbsentFile>, room: &mut u64) -> Option<LabFile> {
    let name: Rc<str> = file.name.into();
    let bytes: Rc<[u8]> = match file.contents {
        Contents::Bytes(bytes) => bytes.into(),
        Contents::Absent { size, hash } => {
            *room = room.checked_sub(size)?;
            let length = usize::try_from(size).ok()?;
            absences.push(AbsentFile {
                name: name.clone(),
                size,
                hash,
            });
            vec![0; length].into()
        }
    };
    Some(LabFile { name, bytes })
}
