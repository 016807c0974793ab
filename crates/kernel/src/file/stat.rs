//! stat(2) and fstat(2): the 144 bytes of `struct stat`.

use abi::{Fd, Path, Pid, VirtAddr};

use crate::addr::{InodeId, PAGE_SIZE};
use crate::file::inode::{Inode, InodeKind};
use crate::file::lookup::NO_SUCH_FILE;
use crate::file::transfer::BAD_BUFFER;
use crate::kernel::Kernel;
use crate::outcome::Failure;

/// Bytes of `struct stat` on x86-64.
const STAT_SIZE: usize = 144;

/// A device by its major and minor number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Which driver.
    pub major: u32,
    /// Which of its devices.
    pub minor: u32,
}

impl Device {
    const fn new(major: u32, minor: u32) -> Device {
        Device { major, minor }
    }

    /// As `st_dev` holds it (`new_encode_dev`).
    pub const fn number(self) -> u64 {
        (self.minor & 0xff | self.major << 8 | (self.minor & !0xff) << 12) as u64
    }
}

impl Inode {
    /// The device that the file lies on (`st_dev`), as maps shows it too.
    pub fn device(&self) -> Device {
        match self.kind {
            InodeKind::Disk(_) | InodeKind::Directory => Device::new(8, 1),
            InodeKind::Tmpfs(_) if self.links > 0 => Device::new(0, 0x1b),
            InodeKind::Tmpfs(_) => Device::new(0, 1),
            InodeKind::Pipe(_) => Device::new(0, 0xf),
            InodeKind::Proc(_) => Device::new(0, 0x15),
            InodeKind::DevNull | InodeKind::DevZero | InodeKind::Terminal => Device::new(0, 6),
        }
    }

    /// `st_mode`: the kind of file, and its permissions.
    pub fn mode(&self) -> u32 {
        let kind = match self.kind {
            InodeKind::Disk(_) | InodeKind::Tmpfs(_) | InodeKind::Proc(_) => 0o100000,
            InodeKind::Directory => 0o040000,
            InodeKind::Pipe(_) => 0o010000,
            InodeKind::DevNull | InodeKind::DevZero | InodeKind::Terminal => 0o020000,
        };
        kind | self.permissions
    }

    /// How many pages of data it keeps on the disk, or in RAM where it has no disk.
    pub fn stored_pages(&self) -> u64 {
        match &self.kind {
            InodeKind::Disk(blocks) => blocks.len(),
            InodeKind::Tmpfs(_) => self.pages.len(),
            InodeKind::Directory => 1,
            _ => 0,
        }
    }
}

impl Kernel {
    /// fstat(2)
    pub(crate) fn sys_fstat(&mut self, pid: Pid, fd: Fd, buffer: VirtAddr) -> Result<u64, Failure> {
        let file = self.any_open_file(pid, fd)?;
        let inode = self.files.open_file(file).inode;
        self.write_stat(pid, inode, buffer)
    }

    /// stat(2)
    pub(crate) fn sys_stat(
        &mut self,
        pid: Pid,
        path: &Path,
        buffer: VirtAddr,
    ) -> Result<u64, Failure> {
        let found = self.look_up(pid, path)?;
        if let Some(proc) = found.proc {
            let inode = Inode::new(InodeKind::Proc(proc), 0o444);
            return self.give_stat(pid, &stat_bytes(InodeId(0), &inode), buffer);
        }
        self.write_stat(pid, found.inode.ok_or(NO_SUCH_FILE)?, buffer)
    }

    /// The file was changed now (`file_modified`).
    pub(crate) fn set_modified(&mut self, id: InodeId) {
        self.files.inode_mut(id).modified = self.clock;
    }

    fn write_stat(&mut self, pid: Pid, id: InodeId, buffer: VirtAddr) -> Result<u64, Failure> {
        let bytes = stat_bytes(id, self.files.inode(id));
        self.give_stat(pid, &bytes, buffer)
    }

    fn give_stat(&mut self, pid: Pid, bytes: &[u8], buffer: VirtAddr) -> Result<u64, Failure> {
        match self.copy_to_user(pid, buffer, bytes) {
            Ok(()) => Ok(0),
            Err(_) => Err(BAD_BUFFER),
        }
    }
}

fn stat_bytes(id: InodeId, inode: &Inode) -> [u8; STAT_SIZE] {
    let special = match inode.kind {
        InodeKind::DevNull => Device::new(1, 3).number(),
        InodeKind::DevZero => Device::new(1, 5).number(),
        InodeKind::Terminal => Device::new(5, 0).number(),
        _ => 0,
    };
    let size = match inode.kind {
        InodeKind::Directory => PAGE_SIZE,
        _ => inode.size,
    };
    let block_size = if let InodeKind::Proc(_) = inode.kind {
        1024
    } else {
        PAGE_SIZE
    };
    let links = match inode.kind {
        InodeKind::Directory => 2,
        InodeKind::Pipe(_) | InodeKind::Proc(_) => 1,
        _ => inode.links.into(),
    };
    let (seconds, nanoseconds) = (
        inode.modified / 1_000_000_000,
        inode.modified % 1_000_000_000,
    );
    let words = [
        (0, inode.device().number()),
        (8, id.0.into()),
        (16, links),
        (24, inode.mode().into()),
        (40, special),
        (48, size),
        (56, block_size),
        (64, inode.stored_pages() * (PAGE_SIZE / 512)),
        (72, seconds),
        (80, nanoseconds),
        (88, seconds),
        (96, nanoseconds),
        (104, seconds),
        (112, nanoseconds),
    ];
    let mut bytes = [0; STAT_SIZE];
    for (at, word) in words {
        bytes[at..at + 8].copy_from_slice(&u64::to_le_bytes(word));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_has_its_fields_where_c_has_them() {
        let mut inode = Inode::new(InodeKind::Disk(Default::default()), 0o644);
        inode.size = 5000;
        inode.links = 1;
        let bytes = stat_bytes(InodeId(7), &inode);
        let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        assert_eq!((word(0), word(8), word(16)), (0x801, 7, 1));
        assert_eq!(
            (word(24) as u32, word(48), word(56)),
            (0o100644, 5000, 4096)
        );
    }
}
