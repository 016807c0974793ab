//! Copies between the kernel and a process's memory (lib/usercopy.c): they fault as the process
//! would, but where the process would get a signal, the copy ends short.

use abi::{Errno, Pid, VirtAddr};

use crate::addr::PAGE_SIZE;
use crate::event::Access;
use crate::kernel::Kernel;
use crate::mm::access::Toucher;
use crate::outcome::{Failure, Reason};
use crate::phys::contents::Contents;

const BAD_BUFFER: Failure = Failure::new(Errno::EFAULT, Reason::BadBuffer);

impl Kernel {
    fn for_call_of(&self, pid: Pid) -> Option<Toucher> {
        let mm = self.mm_of(pid)?;
        Some(Toucher {
            pid,
            mm,
            in_kernel: true,
        })
    }

    /// Copies from a process's memory; an error says how many bytes were copied.
    pub(crate) fn copy_from_user(
        &mut self,
        pid: Pid,
        from: VirtAddr,
        into: &mut [u8],
    ) -> Result<(), u64> {
        let toucher = self.for_call_of(pid).ok_or(0u64)?;
        let copied = self.read_user(toucher, from, into);
        copied.map_err(|(copied, _)| copied)
    }

    /// Copies to a process's memory; an error says how many bytes were copied.
    pub(crate) fn copy_to_user(&mut self, pid: Pid, to: VirtAddr, bytes: &[u8]) -> Result<(), u64> {
        let toucher = self.for_call_of(pid).ok_or(0u64)?;
        let copied = self.write_user(toucher, to, bytes);
        copied.map_err(|(copied, _)| copied)
    }

    /// Copies `length` bytes of a page, from `offset` on, to a process's memory; gives how many it
    /// could. A whole page to a whole page is shared, not copied, until one of them changes.
    pub(crate) fn contents_to_user(
        &mut self,
        pid: Pid,
        to: VirtAddr,
        contents: &Contents,
        offset: u64,
        length: u64,
    ) -> u64 {
        let Some(toucher) = self.for_call_of(pid) else {
            return 0;
        };
        let mut buffer = [0; PAGE_SIZE as usize];
        let mut done = 0;
        while done < length {
            let at = to.offset(done);
            let start = at.0 % PAGE_SIZE;
            let part = (length - done).min(PAGE_SIZE - start);
            let Ok(frame) = self.translate(toucher, at, Access::Write) else {
                break;
            };
            let target = &mut self.frames.get_mut(frame).contents;
            if part == PAGE_SIZE && offset == 0 {
                *target = contents.clone();
            } else {
                let bytes = &mut buffer[..part as usize];
                contents.read(offset + done, bytes);
                target.write(start, bytes);
            }
            done += part;
        }
        done
    }

    /// The contents of the page that holds `from`, without a copy of the bytes; none where it
    /// cannot be read.
    pub(crate) fn contents_from_user(&mut self, pid: Pid, from: VirtAddr) -> Option<Contents> {
        let toucher = self.for_call_of(pid)?;
        let frame = self.translate(toucher, from, Access::Read).ok()?;
        Some(self.frames.get(frame).contents.clone())
    }

    /// A string of at most `most` bytes, its NUL included: ENAMETOOLONG where there is no NUL,
    /// EFAULT where it cannot be read (`strncpy_from_user`).
    pub(crate) fn read_user_string(
        &mut self,
        pid: Pid,
        from: VirtAddr,
        most: u64,
    ) -> Result<String, Failure> {
        let mut text = Vec::new();
        let mut buffer = [0; PAGE_SIZE as usize];
        while (text.len() as u64) < most {
            let at = from.offset(text.len() as u64);
            let left = most - text.len() as u64;
            let length = (PAGE_SIZE - at.0 % PAGE_SIZE).min(left);
            let bytes = &mut buffer[..length as usize];
            self.copy_from_user(pid, at, bytes)
                .map_err(|_| BAD_BUFFER)?;
            if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
                text.extend(&bytes[..end]);
                return Ok(String::from_utf8_lossy(&text).into_owned());
            }
            text.extend(&*bytes);
        }
        Err(Failure::new(Errno::ENAMETOOLONG, Reason::BadArgument))
    }
}
