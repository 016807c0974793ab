//! A file system of the oracle's own, for the files that traces keep on a disk: ext4 in memory,
//! behind a loop device.
//!
//! It has a feature (`encrypt`, which nothing uses) under which ext4 makes no large folios, as the
//! model does not, and it reads ahead as far as Linux does by default. It is mounted in a mount
//! namespace of this thread's own, and so goes when the process goes.

use std::ffi::{CString, c_int, c_ulong, c_void};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::ptr::null;

use super::machine::memory_file;

/// The size of the file system, in bytes.
const DISK_BYTES: u64 = 64 << 20;
/// How far it reads ahead at the most: 32 pages, in sectors of 512 bytes.
const READAHEAD_SECTORS: c_ulong = 256;
/// Others may take a free loop device between the question for it and its use.
const ATTEMPTS: u32 = 20;

// include/uapi/linux/loop.h, include/uapi/linux/fs.h
const LOOP_CTL_GET_FREE: c_ulong = 0x4c82;
const LOOP_CONFIGURE: c_ulong = 0x4c0a;
const LO_FLAGS_AUTOCLEAR: u32 = 4;
const BLKRASET: c_ulong = 0x1262;

/// `struct loop_config`, of which only what is not 0 has a name.
#[repr(C)]
struct LoopConfig {
    fd: u32,
    block_size: u32,
    unused: [u32; 13],
    flags: u32,
    more: [u64; 30],
}
const _: () = assert!(size_of::<LoopConfig>() == 304);

/// Makes the file system and mounts it at `directory`.
pub(super) fn mount(directory: &Path) -> io::Result<()> {
    let image = memory_file(c"mmap-lab-disk")?;
    image.set_len(DISK_BYTES)?;
    let made = Command::new("mkfs.ext4")
        .args(["-q", "-F", "-b", "4096", "-m", "0"])
        .args(["-O", "encrypt,^has_journal"])
        .arg(format!(
            "/proc/{}/fd/{}",
            std::process::id(),
            image.as_raw_fd()
        ))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !made.success() {
        return Err(io::Error::other("mkfs.ext4 failed"));
    }
    let (device, path) = loop_device(&image)?;
    control(&device, BLKRASET, READAHEAD_SECTORS as *const c_void)?;
    let (source, target) = (
        CString::new(path)?,
        CString::new(directory.as_os_str().as_bytes())?,
    );
    // SAFETY: plain system calls with valid strings. The namespace is this thread's alone, and its
    // mounts do not reach others.
    unsafe {
        check(libc::unshare(libc::CLONE_NEWNS))?;
        let private = libc::MS_REC | libc::MS_PRIVATE;
        check(libc::mount(null(), c"/".as_ptr(), null(), private, null()))?;
        check(libc::mount(
            source.as_ptr(),
            target.as_ptr(),
            c"ext4".as_ptr(),
            0,
            null(),
        ))?;
    }
    // What mkfs.ext4 left there is not the trace's.
    std::fs::remove_dir(directory.join("lost+found"))
}

/// Takes the file system away, if there is one.
pub(super) fn unmount(directory: &Path) {
    if let Ok(target) = CString::new(directory.as_os_str().as_bytes()) {
        // SAFETY: a plain system call; where nothing is mounted it fails.
        unsafe { libc::umount2(target.as_ptr(), libc::MNT_DETACH) };
    }
}

/// A loop device over the image, which is free again when nothing uses it; and its path.
fn loop_device(image: &File) -> io::Result<(File, String)> {
    let loops = File::open("/dev/loop-control")?;
    let config = LoopConfig {
        fd: image.as_raw_fd() as u32,
        block_size: 4096,
        unused: [0; 13],
        flags: LO_FLAGS_AUTOCLEAR,
        more: [0; 30],
    };
    for _ in 0..ATTEMPTS {
        let number = control(&loops, LOOP_CTL_GET_FREE, null())?;
        let path = format!("/dev/loop{number}");
        let device = OpenOptions::new().read(true).write(true).open(&path)?;
        if control(&device, LOOP_CONFIGURE, (&raw const config).cast()).is_ok() {
            return Ok((device, path));
        }
    }
    Err(io::Error::other("no loop device is free"))
}

fn control(file: &File, request: c_ulong, argument: *const c_void) -> io::Result<c_int> {
    // SAFETY: each request above takes a number or a structure of this module.
    check(unsafe { libc::ioctl(file.as_raw_fd(), request, argument) })
}

fn check(result: c_int) -> io::Result<c_int> {
    match result {
        0.. => Ok(result),
        _ => Err(io::Error::last_os_error()),
    }
}
