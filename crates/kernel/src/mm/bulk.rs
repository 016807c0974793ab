//! Accesses of many bytes, as the processor's string instructions make them: page by page.

use std::rc::Rc;

use abi::{Errno, Pid, VirtAddr};

use crate::addr::{PAGE_SIZE, Vpn};
use crate::event::Access;
use crate::kernel::Kernel;
use crate::mm::access::{Toucher, Trap};
use crate::mm::user_copy::copy_within;
use crate::outcome::{Outcome, Reason};

/// The most bytes that one command loads.
const MOST_LOADED: u64 = 1 << 20;

impl Kernel {
    fn program(&self, pid: Pid) -> Option<Toucher> {
        let mm = self.mm_of(pid)?;
        Some(Toucher {
            pid,
            mm,
            in_kernel: false,
        })
    }

    /// Exactly what [`crate::Command::LoadBytes`] does.
    pub fn load_bytes(&mut self, pid: Pid, address: VirtAddr, length: u64) -> Outcome {
        let Some(toucher) = self.program(pid) else {
            return Outcome::Exited;
        };
        if length > MOST_LOADED {
            return Outcome::error(Errno::EINVAL, Reason::LengthOverflow);
        }
        let mut bytes = vec![0; length as usize];
        match self.read_user(toucher, address, &mut bytes) {
            Ok(()) => Outcome::Bytes(Rc::from(bytes)),
            Err((_, trap)) => self.trapped(pid, trap),
        }
    }

    /// Exactly what [`crate::Command::StoreBytes`] does.
    pub fn store_bytes(&mut self, pid: Pid, address: VirtAddr, bytes: &[u8]) -> Outcome {
        let Some(toucher) = self.program(pid) else {
            return Outcome::Exited;
        };
        match self.write_user(toucher, address, bytes) {
            Ok(()) => Outcome::Return(0),
            Err((_, trap)) => self.trapped(pid, trap),
        }
    }

    /// Exactly what [`crate::Command::FillBytes`] does.
    pub fn fill_bytes(&mut self, pid: Pid, to: VirtAddr, byte: u8, length: u64) -> Outcome {
        let Some(toucher) = self.program(pid) else {
            return Outcome::Exited;
        };
        let mut done = 0;
        while done < length {
            let at = to.offset(done);
            let offset = at.0 % PAGE_SIZE;
            let part = (length - done).min(PAGE_SIZE - offset);
            match self.translate(toucher, at, Access::Write) {
                Ok(frame) => self.frames.get_mut(frame).contents.fill(offset, part, byte),
                Err(trap) => return self.trapped(pid, trap),
            }
            done += part;
        }
        Outcome::Return(0)
    }

    /// Exactly what [`crate::Command::CopyBytes`] does. Where the areas overlap so that copying
    /// upwards would read what it wrote, it goes downwards.
    pub fn copy_bytes(&mut self, pid: Pid, to: VirtAddr, from: VirtAddr, length: u64) -> Outcome {
        let Some(toucher) = self.program(pid) else {
            return Outcome::Exited;
        };
        let in_page = |start: VirtAddr| length <= PAGE_SIZE - start.0 % PAGE_SIZE;
        let copied = if in_page(from) && in_page(to) && length > 0 {
            self.copy_part(toucher, to, from, length)
        } else {
            self.copy_parts(toucher, to, from, length)
        };
        match copied {
            Ok(()) => Outcome::Return(0),
            Err(trap) => self.trapped(pid, trap),
        }
    }

    /// Copies part by part, each of which lies within one page on both sides.
    #[inline(never)]
    fn copy_parts(
        &mut self,
        toucher: Toucher,
        to: VirtAddr,
        from: VirtAddr,
        length: u64,
    ) -> Result<(), Trap> {
        let downwards = to.0.wrapping_sub(from.0) < length;
        let mut done = 0;
        while done < length {
            let left = length - done;
            let (at, target, part) = if downwards {
                let part = left.min(into_page(from, left)).min(into_page(to, left));
                (from.offset(left - part), to.offset(left - part), part)
            } else {
                let (at, target) = (from.offset(done), to.offset(done));
                let rest = |a: VirtAddr| PAGE_SIZE - a.0 % PAGE_SIZE;
                (at, target, left.min(rest(at)).min(rest(target)))
            };
            self.copy_part(toucher, target, at, part)?;
            done += part;
        }
        Ok(())
    }

    /// Copies what lies within one page on both sides.
    fn copy_part(
        &mut self,
        toucher: Toucher,
        to: VirtAddr,
        from: VirtAddr,
        length: u64,
    ) -> Result<(), Trap> {
        let source = self.translate(toucher, from, Access::Read)?;
        let target = self.translate(toucher, to, Access::Write)?;
        // A store to the page that is read may have given it another frame.
        let same_page = Vpn::containing(from) == Vpn::containing(to);
        let source = if same_page { target } else { source };
        let (start, offset) = (from.0 % PAGE_SIZE, to.0 % PAGE_SIZE);
        if source == target && !same_page {
            let page = &mut self.frames.get_mut(target).contents;
            copy_within(page, start, offset, length);
            return Ok(());
        }
        self.copy_between(source, start, target, offset, length);
        Ok(())
    }
}

/// How many of the `length` bytes from `start` on lie in the page of the last one.
fn into_page(start: VirtAddr, length: u64) -> u64 {
    start.0.wrapping_add(length).wrapping_sub(1) % PAGE_SIZE + 1
}
