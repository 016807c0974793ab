//! Where a program's parts lie in memory: text, read-only data, data and bss, as an ELF file's segments.
//!
//! [`Image::of`] lays a program out like a static executable of gcc, and gives the [`Executable`] that the
//! kernel maps. At the console, [`Image::extend`] places what an input adds into room that was kept for it.
//! Neighbours: [`crate::lower`] takes addresses from here; the C library keeps its own data behind the
//! program's, at [`Image::library`] (see [`crate::library`]).

use std::rc::Rc;

use abi::{Errno, Prot, VirtAddr};
use kernel::addr::{PAGE_SIZE, page_align};
use kernel::{Executable, Segment};

use crate::typed::{Global, Program, Target};
use crate::types::{QualType, Type};

/// Where text begins, as in gcc's static executables.
const TEXT: u64 = 0x40_1000;
/// How far functions lie apart: each is an address, without instructions that could be read.
const FUNCTION_SPACING: u64 = 64;
/// Bytes of room for a console's string literals, and for its static variables.
const CONSOLE_ROOM: u64 = 1 << 18;
/// Bytes of the C library's own data, page-aligned after the program's.
pub const LIBRARY_SIZE: u64 = PAGE_SIZE;
/// The text of strerror(3) for 0, which is no error.
pub const SUCCESS: &str = "Success";

/// The addresses of a program's parts, and its initial bytes.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// Addresses of string literals, by [`crate::typed::StringId`].
    pub strings: Vec<u64>,
    /// Addresses of globals, by [`crate::typed::GlobalId`].
    pub globals: Vec<u64>,
    /// Where the texts of strerror(3) lie: each ends with a NUL; [`Errno::ALL`], then 0.
    pub messages: u64,
    /// The C library's own data, [`LIBRARY_SIZE`] bytes, zero at the start.
    pub library: u64,
    /// The program's name: the last part of its path.
    pub name: Rc<str>,
    read_only: Section,
    writable: Section,
    is_console: bool,
}

/// A part of the image being laid out.
#[derive(Clone, Debug, Default)]
struct Section {
    start: u64,
    /// The first free address.
    end: u64,
    /// The end of what may be used.
    limit: u64,
}

impl Section {
    fn at(start: u64, limit: u64) -> Section {
        Section {
            start,
            end: start,
            limit,
        }
    }

    /// Reserves room, if there is any.
    fn place(&mut self, size: u64, align: u64) -> Option<u64> {
        let address = self.end.checked_next_multiple_of(align.max(1))?;
        let end = address.checked_add(size).filter(|&end| end <= self.limit)?;
        self.end = end;
        Some(address)
    }
}

/// Bytes to be put into memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Where.
    pub address: VirtAddr,
    /// What.
    pub bytes: Rc<[u8]>,
    /// Whether the pages there are read-only.
    pub read_only: bool,
}

/// The parts of a program do not fit into its address space or the console's room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

/// The largest program, in bytes of each section.
const LARGEST: u64 = 1 << 40;

impl Image {
    /// Lays a program out; `path` is the name of its file.
    ///
    /// # Errors
    /// When its variables are too large.
    pub fn of(program: &Program, path: &str) -> Result<(Image, Executable), TooLarge> {
        let text_length = text_end(program.functions.len())?.saturating_sub(TEXT);
        let mut image = Image {
            name: last_part(path),
            read_only: Section::at(TEXT.saturating_add(text_length), LARGEST),
            ..Image::default()
        };
        image.messages = image.read_only.end;
        let mut read_only = messages();
        image.read_only.end += read_only.len() as u64;
        image.place_strings(program)?;
        image.place_globals(program, Part::Constant)?;

        let start = page_align(image.read_only.end).ok_or(TooLarge)?;
        image.writable = Section::at(start, LARGEST);
        image.place_globals(program, Part::Data)?;
        let data_end = image.writable.end;
        image.place_globals(program, Part::Zero)?;
        image.library = page_align(image.writable.end).ok_or(TooLarge)?;
        image.writable.end = image.library + LIBRARY_SIZE;

        read_only.resize(in_memory(image.read_only.end - image.read_only.start)?, 0);
        let mut data = vec![0; in_memory(data_end - start)?];
        for patch in image.patches(program, 0, 0) {
            let section = if patch.read_only {
                &mut read_only
            } else {
                &mut data
            };
            let base = if patch.read_only {
                image.read_only.start
            } else {
                start
            };
            put(section, patch.address.0.wrapping_sub(base), &patch.bytes);
        }
        let executable = image.executable(path, text_length, read_only, data);
        Ok((image, executable))
    }

    /// The image of a console's process: no program yet, and room for what is typed.
    pub fn of_console(path: &str) -> (Image, Executable) {
        let read_only = TEXT + PAGE_SIZE;
        let writable = read_only + CONSOLE_ROOM;
        let mut image = Image {
            is_console: true,
            name: last_part(path),
            read_only: Section::at(read_only, writable),
            writable: Section::at(writable, writable + CONSOLE_ROOM),
            messages: read_only,
            library: writable + CONSOLE_ROOM,
            ..Image::default()
        };
        let messages = messages();
        image.read_only.end += messages.len() as u64;
        let executable = image.executable(path, PAGE_SIZE, messages, Vec::new());
        (image, executable)
    }

    /// Places what a console input adds to the program, and says what is to be stored where.
    ///
    /// # Errors
    /// When no room is left; nothing is placed then.
    pub fn extend(&mut self, program: &Program) -> Result<Vec<Patch>, TooLarge> {
        let (strings, globals) = (self.strings.len(), self.globals.len());
        let mut larger = self.clone();
        larger.place_strings(program)?;
        for part in [Part::Constant, Part::Data, Part::Zero] {
            larger.place_globals(program, part)?;
        }
        *self = larger;
        Ok(self.patches(program, strings, globals))
    }

    /// Places what an input adds that runs in a function's frame: on the stack, downwards from `stack`; says what is to
    /// be stored where. Literals can be written there, which C leaves open.
    ///
    /// # Errors
    /// When that is more than the console's room; nothing is placed then.
    pub fn extend_on_stack(
        &mut self,
        program: &Program,
        stack: &mut u64,
    ) -> Result<Vec<Patch>, TooLarge> {
        let (strings, globals) = (self.strings.len(), self.globals.len());
        let lowest = stack.saturating_sub(CONSOLE_ROOM);
        let mut place = |size: u64, align: u64| {
            let address = stack.checked_sub(size).map(|end| end & !(align.max(1) - 1));
            *stack = address
                .filter(|&address| address >= lowest)
                .ok_or(TooLarge)?;
            Ok(*stack)
        };
        let mut larger = self.clone();
        let mut patches = Vec::new();
        for literal in program.strings.iter().skip(strings) {
            larger.strings.push(place(literal.len() as u64, 1)?);
        }
        for global in program.globals.iter().skip(globals) {
            let address = place(global.size, program.types.align_of(&global.ty.ty))?;
            larger.globals.push(address);
            patches.push(Patch {
                address: VirtAddr(address),
                bytes: vec![0; in_memory(global.size)?].into(),
                read_only: false,
            });
        }
        *self = larger;
        patches.extend(self.patches(program, strings, globals));
        Ok(patches)
    }

    /// The console's read-only pages, which are opened for a moment to take a new literal: start and length.
    pub fn read_only_pages(&self) -> (VirtAddr, u64) {
        let length = self.read_only.limit.saturating_sub(self.read_only.start);
        (VirtAddr(self.read_only.start), length)
    }

    /// The address of a function.
    pub fn function(&self, function: u32) -> u64 {
        TEXT + u64::from(function) * FUNCTION_SPACING
    }

    /// The function at an address, if one can be.
    pub fn function_at(&self, address: VirtAddr) -> Option<u32> {
        let offset = address.0.checked_sub(TEXT)?;
        if offset % FUNCTION_SPACING != 0 {
            return None;
        }
        u32::try_from(offset / FUNCTION_SPACING).ok()
    }

    /// The address of an error's text; none for a number without one.
    pub fn message(&self, errno: i32) -> Option<u64> {
        if errno != 0 {
            Errno::from_number(errno)?;
        }
        let before = Errno::ALL.iter().take_while(|e| e.number() != errno);
        let offset: usize = before.map(|e| e.message().len() + 1).sum();
        Some(self.messages + offset as u64)
    }

    fn place_strings(&mut self, program: &Program) -> Result<(), TooLarge> {
        for literal in program.strings.iter().skip(self.strings.len()) {
            let address = self.read_only.place(literal.len() as u64, 1);
            self.strings.push(address.ok_or(TooLarge)?);
        }
        Ok(())
    }

    /// Gives an address to each global of one part that has none yet.
    fn place_globals(&mut self, program: &Program, part: Part) -> Result<(), TooLarge> {
        self.globals.resize(program.globals.len(), 0);
        for (global, slot) in program.globals.iter().zip(&mut self.globals) {
            if *slot != 0 || Part::of(global) != part {
                continue;
            }
            let natural = program.types.align_of(&global.ty.ty);
            let align = if global.size >= 32 {
                natural.max(32)
            } else {
                natural
            };
            let section = match part {
                Part::Constant => &mut self.read_only,
                Part::Data | Part::Zero => &mut self.writable,
            };
            *slot = section.place(global.size, align).ok_or(TooLarge)?;
        }
        Ok(())
    }

    /// What is to be stored for the strings and globals from these ids on.
    fn patches(&self, program: &Program, strings: usize, globals: usize) -> Vec<Patch> {
        let literals = program.strings.iter().zip(&self.strings).skip(strings);
        let mut patches: Vec<Patch> = literals
            .map(|(bytes, &address)| Patch {
                address: VirtAddr(address),
                bytes: bytes.clone(),
                read_only: true,
            })
            .collect();
        for (global, &address) in program.globals.iter().zip(&self.globals).skip(globals) {
            let read_only = Part::of(global) == Part::Constant;
            let mut add = |offset: u64, bytes: Rc<[u8]>| {
                patches.push(Patch {
                    address: VirtAddr(address).offset(offset),
                    bytes,
                    read_only,
                });
            };
            for data in &global.data {
                add(data.offset, data.bytes.as_slice().into());
            }
            for relocation in &global.relocations {
                let target = self.address_of(relocation.target);
                let value = target.wrapping_add_signed(relocation.addend);
                add(relocation.offset, value.to_le_bytes().as_slice().into());
            }
        }
        patches
    }

    fn address_of(&self, target: Target) -> u64 {
        let of = |addresses: &[u64], index: usize| addresses.get(index).copied().unwrap_or(0);
        match target {
            Target::String(id) => of(&self.strings, id.index()),
            Target::Global(id) => of(&self.globals, id.index()),
            Target::Function(id) => self.function(id.0),
        }
    }

    /// The file and its segments: text, read-only data, data with bss.
    fn executable(&self, path: &str, text: u64, read_only: Vec<u8>, data: Vec<u8>) -> Executable {
        let mut file = vec![0; text as usize];
        let mut segments = vec![Segment {
            address: VirtAddr(TEXT),
            offset: 0,
            file_length: text,
            memory_length: text,
            prot: Prot::PROT_READ | Prot::PROT_EXEC,
        }];
        let in_memory = |section: &Section, used: u64| {
            if self.is_console {
                CONSOLE_ROOM
            } else {
                section.end.saturating_sub(section.start).max(used)
            }
        };
        let library = if self.is_console { LIBRARY_SIZE } else { 0 };
        let parts = [
            (&self.read_only, read_only, 0, Prot::PROT_READ),
            (
                &self.writable,
                data,
                library,
                Prot::PROT_READ | Prot::PROT_WRITE,
            ),
        ];
        for (section, bytes, extra, prot) in parts {
            let file_length = bytes.len() as u64;
            segments.push(Segment {
                address: VirtAddr(section.start),
                offset: file.len() as u64,
                file_length,
                memory_length: in_memory(section, file_length) + extra,
                prot,
            });
            file.extend(bytes);
            file.resize(file.len().next_multiple_of(PAGE_SIZE as usize), 0);
        }
        Executable {
            path: path.into(),
            file: file.into(),
            segments,
        }
    }
}

/// Where a global belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// `.rodata`
    Constant,
    /// `.data`
    Data,
    /// `.bss`
    Zero,
}

impl Part {
    fn of(global: &Global) -> Part {
        if is_constant(&global.ty) {
            Part::Constant
        } else if global.data.is_empty() && global.relocations.is_empty() {
            Part::Zero
        } else {
            Part::Data
        }
    }
}

fn is_constant(ty: &QualType) -> bool {
    match &ty.ty {
        Type::Array(array) => is_constant(&array.element),
        _ => ty.is_const,
    }
}

fn last_part(path: &str) -> Rc<str> {
    path.rsplit('/').next().unwrap_or(path).into()
}

/// All texts of strerror(3), each with its NUL.
fn messages() -> Vec<u8> {
    let errors = Errno::ALL.iter().map(|e| e.message());
    errors
        .chain([SUCCESS])
        .flat_map(|text| text.bytes().chain([0]))
        .collect()
}

/// The page-aligned end of the text of so many functions.
fn text_end(functions: usize) -> Result<u64, TooLarge> {
    let length = (functions.max(1) as u64).saturating_mul(FUNCTION_SPACING);
    page_align(length)
        .map(|length| TEXT + length)
        .ok_or(TooLarge)
}

/// A length of bytes that the file really holds, at most 256 MiB.
fn in_memory(length: u64) -> Result<usize, TooLarge> {
    usize::try_from(length)
        .ok()
        .filter(|&length| length <= 1 << 28)
        .ok_or(TooLarge)
}

/// Overwrites bytes of a section at an offset from its start; what does not fit is left out.
fn put(section: &mut [u8], offset: u64, bytes: &[u8]) {
    let Ok(start) = usize::try_from(offset) else {
        return;
    };
    let end = start.saturating_add(bytes.len());
    if let Some(target) = section.get_mut(start..end) {
        target.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_by_their_number() {
        let (image, executable) = Image::of_console("/console");
        let address = image.message(Errno::EACCES.number());
        let segment = &executable.segments[1];
        let at = (address.unwrap_or(0) - segment.address.0 + segment.offset) as usize;
        assert_eq!(&executable.file[at..at + 18], b"Permission denied\0");
        let at = (image.message(0).unwrap_or(0) - segment.address.0 + segment.offset) as usize;
        assert_eq!(&executable.file[at..at + 8], b"Success\0");
        assert_eq!(image.message(41), None);
        assert_eq!(image.message(9999), None);
    }

    #[test]
    fn a_function_is_found_by_its_address_only() {
        let image = Image::default();
        assert_eq!(image.function_at(VirtAddr(image.function(3))), Some(3));
        assert_eq!(image.function_at(VirtAddr(image.function(3) + 1)), None);
        assert_eq!(image.function_at(VirtAddr(16)), None);
    }
}
