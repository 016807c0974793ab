//! The bytes of what is selected.

use std::ops::Range;

use abi::{Pid, VirtAddr};
use kernel::addr::{PAGE_SIZE, Pfn, Vpn};
use kernel::mm::page_table::Pte;
use kernel::phys::frame::Owner;
use kernel::{Command, Kernel};

use super::Builder;
use crate::bytes::BytesView;
use crate::cell::CellId;

impl Builder<'_> {
    /// The bytes of a page-sized thing; none of things without bytes.
    pub fn bytes_of(&self, id: CellId) -> Option<BytesView> {
        let frame = self.frame_of(id);
        let (address, file_offset, bytes) = match id {
            CellId::Page { pid, page } => {
                let vma = self.kernel().address_space(pid)?.vma_at(page)?;
                let offset = vma
                    .inode()
                    .map(|_| vma.index_of(page).0.wrapping_mul(PAGE_SIZE));
                (Some((pid, page.address())), offset, self.frame_bytes(frame))
            }
            CellId::Frame(pfn) => {
                let owner = frame.map(|pfn| self.kernel().frames().get(pfn).owner);
                let offset = match owner {
                    Some(Owner::Cache { index, .. }) => Some(index.0.wrapping_mul(PAGE_SIZE)),
                    _ => None,
                };
                let mapped = self.mappers.pages(pfn).into_iter().next();
                (
                    mapped.map(|(pid, page)| (pid, page.address())),
                    offset,
                    self.frame_bytes(frame),
                )
            }
            CellId::Cached { index, .. } => (
                None,
                Some(index.0.wrapping_mul(PAGE_SIZE)),
                self.frame_bytes(frame),
            ),
            CellId::Block { inode, index } => {
                let bytes = self.disk_bytes(inode, index)?.to_vec();
                (None, Some(index.0.wrapping_mul(PAGE_SIZE)), bytes)
            }
            _ => return None,
        };
        let changed = frame.and_then(|frame| self.changed(frame));
        Some(BytesView {
            of: id,
            address,
            pointer: address
                .and_then(|(pid, address)| self.characters(pid, Vpn::containing(address))),
            file_offset,
            bytes,
            changed,
        })
    }

    /// The innermost variable that points to characters at or before the page, in its mapping.
    fn characters(&self, pid: Pid, page: Vpn) -> Option<(String, VirtAddr)> {
        let vma = self.kernel().address_space(pid)?.vma_at(page)?;
        let mut variables = self.state(pid)?.variables.iter().rev();
        variables.find_map(|variable| {
            let pointer = variable.pointer.filter(|pointer| pointer.stride == 1)?;
            let within = vma.range.contains(Vpn::containing(pointer.target));
            (within && pointer.target <= page.address())
                .then(|| (variable.name.to_string(), pointer.target))
        })
    }

    fn frame_bytes(&self, frame: Option<Pfn>) -> Vec<u8> {
        frame.map_or(Vec::new(), |frame| {
            self.kernel()
                .frames()
                .get(frame)
                .contents
                .to_bytes()
                .to_vec()
        })
    }

    /// The bytes of a frame that the last step stored to.
    fn changed(&self, frame: Pfn) -> Option<Range<u16>> {
        let (pid, address, length) = stored(self.moment.command?)?;
        let first = self.part_in_page(pid, Vpn::containing(address), frame, address, length);
        let last = address.offset(length.saturating_sub(1));
        first.or_else(|| self.part_in_page(pid, Vpn::containing(last), frame, address, length))
    }

    /// The part of `length` bytes at `address` that lies in a page, where the page is in `frame`.
    fn part_in_page(
        &self,
        pid: Pid,
        page: Vpn,
        frame: Pfn,
        address: VirtAddr,
        length: u64,
    ) -> Option<Range<u16>> {
        match Pte::from(self.kernel().walk_to(pid, page)?.entry) {
            Pte::Present(pte) if pte.frame == frame => {}
            _ => return None,
        }
        let start = address.0.saturating_sub(page.address().0);
        let end = address
            .0
            .saturating_add(length)
            .saturating_sub(page.address().0)
            .min(PAGE_SIZE);
        let part = u16::try_from(start).ok()?..u16::try_from(end).ok()?;
        (!part.is_empty()).then_some(part)
    }
}

/// The first byte of a page that is present.
pub fn first_byte(kernel: &Kernel, pid: Pid, page: Vpn) -> Option<u8> {
    match Pte::from(kernel.walk_to(pid, page)?.entry) {
        Pte::Present(pte) => {
            let contents = &kernel.frames().get(pte.frame).contents;
            contents.to_bytes().first().copied()
        }
        _ => None,
    }
}

/// Where a command stores how many bytes.
fn stored(command: &Command) -> Option<(Pid, VirtAddr, u64)> {
    match command {
        Command::Store {
            pid,
            address,
            width,
            ..
        } => Some((*pid, *address, width.bytes())),
        Command::StoreBytes {
            pid,
            address,
            bytes,
        } => Some((*pid, *address, bytes.len() as u64)),
        Command::CopyBytes {
            pid, to, length, ..
        }
        | Command::FillBytes {
            pid, to, length, ..
        } => Some((*pid, *to, *length)),
        _ => None,
    }
}
