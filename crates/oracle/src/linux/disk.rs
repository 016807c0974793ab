//! A file system of the oracle's own, for the files that traces keep on a disk: ext4 on zram, a
//! disk in memory.
//!
//! zram has read or written when it returns, so that what a trace reads ahead is there at once, each
//! time anew. The file system has a feature (`encrypt`, which nothing uses) under which ext4 makes no
//! large folios, as the model does not; and it writes new blocks as it writes others
//! (`dioread_lock`): otherwise a worker ends those writes at any time. It is mounted in a mount
//! namespace of this thread's own, and so goes when the process goes. The device stays if the process
//! is killed, and the next one takes it.

use std::ffi::{CString, c_int};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::ptr::null;

/// The size of the file system, in bytes; no other zram has it, so that it tells ours.
const DISK_BYTES: u64 = (64 << 20) + 4096 * 76;
/// How far Linux reads ahead by default, and this disk does at the most, in kilobytes.
const READAHEAD_KILOBYTES: &str = "128";
/// Reading it adds a zram and gives its number; writing a number to the other removes that one.
const ADD: &str = "/sys/class/zram-control/hot_add";
const REMOVE: &str = "/sys/class/zram-control/hot_remove";

/// A zram with the file system, mounted.
pub(super) struct Disk {
    number: u32,
    /// Open and locked (flock(2)) as long as the disk is used.
    device: File,
}

impl Disk {
    /// Makes the file system and mounts it at `directory`.
    pub fn mount(directory: &Path) -> io::Result<Disk> {
        let disk = match Disk::left_behind() {
            Some(disk) => disk,
            None => Disk::added()?,
        };
        let path = path_of(disk.number);
        disk.set("queue/read_ahead_kb", READAHEAD_KILOBYTES)?;
        let made = Command::new("mkfs.ext4")
            .args(["-q", "-F", "-b", "4096", "-m", "0"])
            .args(["-O", "encrypt,^has_journal"])
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if !made.success() {
            return Err(io::Error::other("mkfs.ext4 failed"));
        }
        let (source, target) = (
            CString::new(path)?,
            CString::new(directory.as_os_str().as_bytes())?,
        );
        // SAFETY: plain system calls with valid strings. The namespace is this thread's alone, and
        // its mounts do not reach others.
        unsafe {
            check(libc::unshare(libc::CLONE_NEWNS))?;
            let private = libc::MS_REC | libc::MS_PRIVATE;
            check(libc::mount(null(), c"/".as_ptr(), null(), private, null()))?;
            check(libc::mount(
                source.as_ptr(),
                target.as_ptr(),
                c"ext4".as_ptr(),
                0,
                c"dioread_lock".as_ptr().cast(),
            ))?;
        }
        // Reserved blocks beside one that is written stay reserved.
        let zeroes_at_most = format!("/sys/fs/ext4/zram{}/extent_max_zeroout_kb", disk.number);
        fs::write(zeroes_at_most, "0")?;
        // What mkfs.ext4 left there is not the trace's.
        fs::remove_dir(directory.join("lost+found"))?;
        Ok(disk)
    }

    /// Takes the file system and its device away.
    pub fn unmount(self, directory: &Path) {
        if let Ok(target) = CString::new(directory.as_os_str().as_bytes()) {
            // SAFETY: a plain system call; where nothing is mounted it fails.
            unsafe { libc::umount2(target.as_ptr(), libc::MNT_DETACH) };
        }
        drop(self.device);
        // Where it is still used, the next one takes it.
        let _ = fs::write(REMOVE, self.number.to_string());
    }

    /// One that a killed process left.
    fn left_behind() -> Option<Disk> {
        let numbers = fs::read_dir("/sys/block").ok()?.filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            name.strip_prefix("zram")?.parse().ok()
        });
        numbers.filter_map(Disk::ours).next()
    }

    /// This one, if it has our size, nobody has locked it, and it is not mounted any more, as it is
    /// while the last process of a trace ends.
    fn ours(number: u32) -> Option<Disk> {
        let size = fs::read_to_string(attribute(number, "disksize")).ok()?;
        let disk = (size.trim() == DISK_BYTES.to_string()).then(|| Disk::locked(number))?;
        let mut alone = OpenOptions::new();
        alone.read(true).custom_flags(libc::O_EXCL);
        disk.ok()
            .filter(|disk| alone.open(path_of(disk.number)).is_ok())
    }

    fn added() -> io::Result<Disk> {
        let zram = |error: io::Error| io::Error::other(format!("zram ({ADD}): {error}"));
        let number = fs::read_to_string(ADD).map_err(zram)?;
        let number = number.trim().parse().map_err(io::Error::other)?;
        let disk = Disk::locked(number)?;
        disk.set("disksize", &DISK_BYTES.to_string())?;
        Ok(disk)
    }

    fn locked(number: u32) -> io::Result<Disk> {
        let device = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path_of(number))?;
        // SAFETY: a plain system call on an open descriptor.
        check(unsafe { libc::flock(device.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) })?;
        Ok(Disk { number, device })
    }

    fn set(&self, name: &str, value: &str) -> io::Result<()> {
        fs::write(attribute(self.number, name), value)
    }
}

fn path_of(number: u32) -> String {
    format!("/dev/zram{number}")
}

/// The path of a setting of the device.
fn attribute(number: u32, name: &str) -> String {
    format!("/sys/block/zram{number}/{name}")
}

fn check(result: c_int) -> io::Result<c_int> {
    match result {
        0.. => Ok(result),
        _ => Err(io::Error::last_os_error()),
    }
}
