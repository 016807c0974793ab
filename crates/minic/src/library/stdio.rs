//! `stdio.h`, `err.h` and `assert.h`: formatted output through buffers in simulated memory.
//!
//! stdout is line-buffered, as on a terminal, and stderr is not buffered, until setvbuf(3). A stream's state and
//! stdout's buffer lie in the library's own data.

use abi::{Errno, Fd, Syscall, VirtAddr};
use kernel::{Command, Outcome};

use crate::headers::LibraryFunction as F;
use crate::image::SUCCESS;
use crate::typed::STREAM_BASE;
use crate::vm::bus::Stop;

use super::{Answer, Arguments, Call, process};

/// Where stdout's state begins in the library's data; stderr's follows.
const STREAMS: u64 = 0x00;
const STREAM_SIZE: u64 = 0x20;
/// stdout's own buffer, in the library's data, and its size: that of glibc on a terminal.
const BUFFER: u64 = 0x400;
const BUFFER_SIZE: u64 = 1024;
/// A buffer smaller than this does not keep what is left of a text that was too long for it.
const SMALL_BUFFER: u64 = 128;
/// Where unbuffered output is put together: below the stack pointer, as glibc does.
const STACK_BUFFER: u64 = 4096;
const EOF: i64 = -1;

/// An open stream, as it lies in memory: four u64.
#[derive(Clone, Copy, Debug)]
struct Stream {
    fd: i32,
    /// Where its state lies.
    state: u64,
}

/// How a stream is buffered: the constants of setvbuf(3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Buffering {
    Full,
    Line,
    None,
}

impl Stream {
    fn of(call: &Call<'_, '_>, file: u64) -> Option<Stream> {
        let fd = file
            .checked_sub(STREAM_BASE as u64)
            .filter(|fd| (1..=2).contains(fd))?;
        Some(Stream {
            fd: fd as i32,
            state: call.own(STREAMS + (fd - 1) * STREAM_SIZE),
        })
    }

    fn stdout(call: &Call<'_, '_>) -> Stream {
        Stream {
            fd: 1,
            state: call.own(STREAMS),
        }
    }

    fn stderr(call: &Call<'_, '_>) -> Stream {
        Stream {
            fd: 2,
            state: call.own(STREAMS + STREAM_SIZE),
        }
    }

    /// How many bytes its buffer holds.
    fn count(self, call: &mut Call<'_, '_>) -> Result<u64, Stop> {
        call.load_u64(self.state)
    }

    fn set_count(self, call: &mut Call<'_, '_>, count: u64) -> Result<(), Stop> {
        call.store_u64(self.state, count)
    }

    fn buffering(self, call: &mut Call<'_, '_>) -> Result<Buffering, Stop> {
        Ok(match (call.load_u64(self.state + 8)?, self.fd) {
            (1, _) => Buffering::Full,
            (2, _) | (0, 1) => Buffering::Line,
            _ => Buffering::None,
        })
    }

    /// Address and size of its buffer.
    fn buffer(self, call: &mut Call<'_, '_>) -> Result<(u64, u64), Stop> {
        let address = call.load_u64(self.state + 16)?;
        if address == 0 {
            return Ok((call.own(BUFFER), BUFFER_SIZE));
        }
        Ok((address, call.load_u64(self.state + 24)?.max(1)))
    }
}

/// The functions of this module.
pub(super) fn call(call: &mut Call<'_, '_>, function: F, args: Arguments<'_>) -> Answer {
    let (a, b) = (args.unsigned(0), args.unsigned(1));
    Some(match function {
        F::Printf => {
            let stream = Stream::stdout(call);
            print(call, stream, a, args.from(1))
        }
        F::Fprintf => match Stream::of(call, a) {
            Some(stream) => print(call, stream, b, args.from(2)),
            None => Ok(call.fail(Errno::EBADF)),
        },
        F::Dprintf => print_to_descriptor(call, args),
        F::Sprintf => print_to_memory(call, a, None, b, args.from(2)),
        F::Snprintf => print_to_memory(call, a, Some(b), args.unsigned(2), args.from(3)),
        F::Puts => put_line(call, a),
        F::Putchar => {
            let stream = Some(Stream::stdout(call));
            put_byte(call, stream, a as u8)
        }
        F::Fputc | F::Putc => {
            let stream = Stream::of(call, b);
            put_byte(call, stream, a as u8)
        }
        F::Fputs => match Stream::of(call, b) {
            Some(stream) => put_string(call, stream, a),
            None => Ok(call.fail(Errno::EBADF)),
        },
        F::Fflush => flush_file(call, a),
        F::Setvbuf => set_buffering(call, args),
        F::Perror => perror(call, a),
        F::Strerror => strerror(call, args.int(0)),
        F::Err => complain(call, args, true),
        F::Errx => complain(call, args, false),
        F::AssertFail => assertion_failed(call, args),
        _ => return None,
    })
}

fn print(call: &mut Call<'_, '_>, stream: Stream, format: u64, args: &[i64]) -> Result<i64, Stop> {
    let text = call.formatted(format, args)?;
    let ok = write(call, stream, &text)?;
    Ok(if ok { text.len() as i64 } else { EOF })
}

fn print_to_descriptor(call: &mut Call<'_, '_>, args: Arguments<'_>) -> Result<i64, Stop> {
    let text = call.formatted(args.unsigned(1), args.from(2))?;
    let ok = write_through_stack(call, args.int(0), &text)?;
    Ok(if ok { text.len() as i64 } else { EOF })
}

fn print_to_memory(
    call: &mut Call<'_, '_>,
    to: u64,
    size: Option<u64>,
    format: u64,
    args: &[i64],
) -> Result<i64, Stop> {
    let mut text = call.formatted(format, args)?;
    let length = text.len() as i64;
    let room = size.map_or(u64::MAX, |size| size.saturating_sub(1));
    text.truncate(usize::try_from(room).unwrap_or(usize::MAX));
    text.push(0);
    if size != Some(0) {
        call.check_freed(to);
        call.store_bytes(to, &text)?;
    }
    Ok(length)
}

fn put_string(call: &mut Call<'_, '_>, stream: Stream, string: u64) -> Result<i64, Stop> {
    let text = call.string(string)?;
    write(call, stream, &text).map(|ok| if ok { 1 } else { EOF })
}

fn put_byte(call: &mut Call<'_, '_>, stream: Option<Stream>, byte: u8) -> Result<i64, Stop> {
    let Some(stream) = stream else {
        return Ok(call.fail(Errno::EBADF));
    };
    write(call, stream, &[byte]).map(|ok| if ok { i64::from(byte) } else { EOF })
}

fn put_line(call: &mut Call<'_, '_>, string: u64) -> Result<i64, Stop> {
    let mut line = call.string(string)?;
    line.push(b'\n');
    let stream = Stream::stdout(call);
    let ok = write(call, stream, &line)?;
    Ok(if ok { line.len() as i64 } else { EOF })
}

/// Writes to a stream; false when write(2) failed.
fn write(call: &mut Call<'_, '_>, stream: Stream, text: &[u8]) -> Result<bool, Stop> {
    if text.is_empty() {
        return Ok(true);
    }
    let buffering = stream.buffering(call)?;
    if buffering == Buffering::None {
        return write_through_stack(call, stream.fd, text);
    }
    let (buffer, size) = stream.buffer(call)?;
    let mut count = stream.count(call)?.min(size);
    let mut ok = true;
    for piece in lines(text, buffering) {
        let room = usize::try_from(size - count).unwrap_or(usize::MAX);
        let (now, rest) = piece.split_at(room.min(piece.len()));
        call.store_bytes(buffer.wrapping_add(count), now)?;
        count += now.len() as u64;
        let ends_line = buffering == Buffering::Line && piece.ends_with(b"\n");
        if rest.is_empty() && !ends_line {
            continue;
        }
        ok &= write_all(call, stream.fd, buffer, count)?;
        // What fills whole buffers goes past the buffer; a small buffer does not take any of it.
        let kept = if ends_line || size < SMALL_BUFFER {
            0
        } else {
            rest.len() as u64 % size
        };
        let (past, rest) = rest.split_at(rest.len() - kept as usize);
        ok &= write_through_stack(call, stream.fd, past)?;
        call.store_bytes(buffer, rest)?;
        count = kept;
    }
    stream.set_count(call, count)?;
    Ok(ok)
}

/// The text as far as its last line end, and the rest; in one where lines do not matter.
fn lines(text: &[u8], buffering: Buffering) -> impl Iterator<Item = &[u8]> {
    let last = text
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(0, |at| at + 1);
    let middle = if buffering == Buffering::Line {
        last
    } else {
        0
    };
    let (whole, rest) = text.split_at(middle);
    [whole, rest].into_iter().filter(|piece| !piece.is_empty())
}

/// Writes text that is in no buffer yet.
fn write_through_stack(call: &mut Call<'_, '_>, fd: i32, text: &[u8]) -> Result<bool, Stop> {
    let mut ok = true;
    for piece in text.chunks(STACK_BUFFER as usize) {
        let length = piece.len() as u64;
        let buffer = call.site.stack_pointer.wrapping_sub(128 + length) & !15;
        call.store_bytes(buffer, piece)?;
        ok &= write_all(call, fd, buffer, length)?;
    }
    Ok(ok)
}

/// Writes memory until all of it is written; false when that failed.
fn write_all(call: &mut Call<'_, '_>, fd: i32, buffer: u64, length: u64) -> Result<bool, Stop> {
    let mut done = 0;
    while done < length {
        let pid = call.pid();
        let write = Syscall::Write {
            fd: Fd(fd),
            buffer: VirtAddr(buffer.wrapping_add(done)),
            count: length - done,
        };
        match call.command(Command::Syscall { pid, call: write })? {
            Outcome::Return(0) => return Ok(false),
            Outcome::Return(written) => done = done.saturating_add(written),
            Outcome::Error { errno, .. } => {
                call.fail(errno);
                if errno == Errno::EPIPE {
                    call.after = Some(super::After::Signals);
                }
                return Ok(false);
            }
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn flush(call: &mut Call<'_, '_>, stream: Stream) -> Result<bool, Stop> {
    let count = stream.count(call)?;
    if count == 0 {
        return Ok(true);
    }
    let (buffer, size) = stream.buffer(call)?;
    let ok = write_all(call, stream.fd, buffer, count.min(size))?;
    stream.set_count(call, 0)?;
    Ok(ok)
}

/// Flushes all streams, as exit(3) does.
pub(super) fn flush_all(call: &mut Call<'_, '_>) -> Result<bool, Stop> {
    let (stdout, stderr) = (Stream::stdout(call), Stream::stderr(call));
    Ok(flush(call, stdout)? & flush(call, stderr)?)
}

fn flush_file(call: &mut Call<'_, '_>, file: u64) -> Result<i64, Stop> {
    let ok = match Stream::of(call, file) {
        Some(stream) => flush(call, stream)?,
        None => flush_all(call)?,
    };
    Ok(if ok { 0 } else { EOF })
}

/// setvbuf(3): stream, buffer, mode, size.
fn set_buffering(call: &mut Call<'_, '_>, args: Arguments<'_>) -> Result<i64, Stop> {
    let Some(stream) = Stream::of(call, args.unsigned(0)) else {
        return Ok(call.fail(Errno::EBADF));
    };
    let (buffer, mode, size) = (args.unsigned(1), args.get(2), args.unsigned(3));
    if !(0..=2).contains(&mode) {
        return Ok(-1);
    }
    flush(call, stream)?;
    call.store_u64(stream.state + 8, mode as u64 + 1)?;
    let given = match mode {
        // A stream without a buffer has one byte of its own, and keeps it.
        2 => Some((call.own(BUFFER), 1)),
        _ => (buffer != 0).then_some((buffer, size)),
    };
    if let Some((buffer, size)) = given {
        call.store_u64(stream.state + 16, buffer)?;
        call.store_u64(stream.state + 24, size)?;
    }
    Ok(0)
}

/// The text of an error number.
pub(super) fn message(errno: i32) -> String {
    match Errno::from_number(errno) {
        Some(known) => known.message().to_owned(),
        None if errno == 0 => SUCCESS.to_owned(),
        None => format!("Unknown error {errno}"),
    }
}

/// A line of the C library itself on stderr.
pub(super) fn complain_of(call: &mut Call<'_, '_>, message: &str) -> Result<bool, Stop> {
    let stream = Stream::stderr(call);
    write(call, stream, format!("{message}\n").as_bytes())
}

fn perror(call: &mut Call<'_, '_>, prefix: u64) -> Result<i64, Stop> {
    let errno = call.state.errno;
    let mut text = Vec::new();
    if prefix != 0 {
        text = call.string(prefix)?;
        if !text.is_empty() {
            text.extend_from_slice(b": ");
        }
    }
    text.extend_from_slice(message(errno).as_bytes());
    text.push(b'\n');
    let stream = Stream::stderr(call);
    write(call, stream, &text)?;
    Ok(0)
}

/// Known errors have their text in the read-only data; others are written into the library's data.
fn strerror(call: &mut Call<'_, '_>, errno: i32) -> Result<i64, Stop> {
    if let Some(address) = call.code.image.message(errno) {
        return Ok(address as i64);
    }
    let mut text = message(errno).into_bytes();
    text.push(0);
    let address = call.own(super::UNKNOWN_ERROR);
    call.store_bytes(address, &text)?;
    Ok(address as i64)
}

/// err(3) and errx(3): status, format, arguments.
fn complain(call: &mut Call<'_, '_>, args: Arguments<'_>, with_errno: bool) -> Result<i64, Stop> {
    let errno = call.state.errno;
    let mut text = call.program_name();
    text.extend_from_slice(b": ");
    if args.unsigned(1) != 0 {
        text.extend(call.formatted(args.unsigned(1), args.from(2))?);
        if with_errno {
            text.extend_from_slice(b": ");
        }
    }
    if with_errno {
        text.extend_from_slice(message(errno).as_bytes());
    }
    text.push(b'\n');
    let (stdout, stderr) = (Stream::stdout(call), Stream::stderr(call));
    flush(call, stdout)?;
    write(call, stderr, &text)?;
    process::exit(call, args.int(0))
}

/// `__assert_fail`: expression, file, line, function.
fn assertion_failed(call: &mut Call<'_, '_>, args: Arguments<'_>) -> Result<i64, Stop> {
    let mut text = call.program_name();
    text.extend_from_slice(b": ");
    text.extend(call.string(args.unsigned(1))?);
    text.extend(format!(":{}: ", args.int(2)).into_bytes());
    if args.unsigned(3) != 0 {
        text.extend(call.string(args.unsigned(3))?);
        text.extend_from_slice(b": ");
    }
    text.extend_from_slice(b"Assertion `");
    text.extend(call.string(args.unsigned(0))?);
    text.extend_from_slice(b"' failed.\n");
    let stream = Stream::stderr(call);
    write(call, stream, &text)?;
    process::abort(call)
}
