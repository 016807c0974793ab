//! Loads and stores: where they touch, and how wide.

use std::rc::Rc;

use abi::{Prot, VirtAddr};
use kernel::Width;

use super::Generator;
use super::shadow::Backing;
use crate::operation::Action;

impl Generator {
    /// An address to touch: mostly in a page that allows it, at its ends or around the end of its file.
    pub(super) fn address(&mut self, wanted: Prot) -> VirtAddr {
        if self.odd() {
            let odd = [
                0,
                8,
                0xfff,
                1 << 47,
                (1 << 47) - 4097,
                1 << 63,
                u64::MAX - 7,
            ];
            let anywhere = (self.any_page() << 12) + self.rng.u64(0..4096);
            return VirtAddr(self.rng.choice(odd).unwrap_or(anywhere));
        }
        let mut run = self.any_run();
        for _ in 0..4 {
            if run.is_some_and(|run| !run.page.prot.contains(wanted)) {
                run = self.any_run();
            }
        }
        let Some(run) = run else {
            return VirtAddr(self.any_page() << 12);
        };
        let length = run.end - run.start;
        let page = match self.rng.u32(0..30) {
            0 => run.end,
            1 => run.start - 1,
            2..=4 => run.start,
            5..=7 => run.end - 1,
            8..=11 => self
                .last_page_of_file(run.page.backing)
                .map_or(run.start, |last| {
                    (run.start + last.min(length)).saturating_sub(self.rng.u64(0..2))
                }),
            _ => run.start + self.rng.u64(0..length),
        };
        let within = match self.rng.u32(0..8) {
            0..=3 => self.rng.u64(0..512) * 8,
            4 => self.rng.u64(0..4096),
            5 => 0,
            6 => 4088,
            _ => self.rng.u64(4088..4096),
        };
        VirtAddr((page << 12) + within)
    }

    /// Where the last page of the file lies, counted from the run's first page.
    fn last_page_of_file(&self, backing: Backing) -> Option<u64> {
        let Backing::File { file, index, .. } = backing else {
            return None;
        };
        let size = self.shadow.files.get(file)?.size;
        (size.div_ceil(4096)).checked_sub(index)
    }

    pub(super) fn width(&mut self) -> Width {
        self.weighted(&[
            (3, Width::Byte),
            (1, Width::Half),
            (2, Width::Word),
            (4, Width::Long),
        ])
    }

    pub(super) fn load(&mut self) -> Option<Action> {
        let (address, width) = (self.address(Prot::PROT_READ), self.width());
        Some(Action::Load { address, width })
    }

    pub(super) fn store(&mut self) -> Option<Action> {
        let (address, width) = (self.address(Prot::PROT_WRITE), self.width());
        let value = self.rng.u64(..) >> (64 - 8 * width.bytes());
        Some(Action::Store {
            address,
            width,
            value,
        })
    }

    /// A length of bytes to touch at once.
    pub(super) fn span(&mut self) -> u64 {
        match self.rng.u32(0..6) {
            0 => self.rng.u64(1..64),
            1 => 4096,
            2 => self.rng.u64(1..4096),
            3 => 8192,
            _ => self.rng.u64(1..11000),
        }
    }

    pub(super) fn load_bytes(&mut self) -> Option<Action> {
        let (address, length) = (self.address(Prot::PROT_READ), self.span());
        Some(Action::LoadBytes { address, length })
    }

    pub(super) fn store_bytes(&mut self) -> Option<Action> {
        let (address, length) = (self.address(Prot::PROT_WRITE), self.span());
        let first = self.rng.u8(..);
        let bytes: Rc<[u8]> = (0..length).map(|i| first.wrapping_add(i as u8)).collect();
        Some(Action::StoreBytes { address, bytes })
    }

    pub(super) fn copy_bytes(&mut self) -> Option<Action> {
        let from = self.address(Prot::PROT_READ);
        let (to, length) = (self.address(Prot::PROT_WRITE), self.span());
        // Also around the end of all addresses.
        let distances = [to.0.wrapping_sub(from.0), from.0.wrapping_sub(to.0)];
        let apart = distances.iter().all(|distance| *distance >= length);
        apart.then_some(Action::CopyBytes { to, from, length })
    }

    pub(super) fn fill_bytes(&mut self) -> Option<Action> {
        let (to, length) = (self.address(Prot::PROT_WRITE), self.span());
        let byte = self.rng.u8(..);
        Some(Action::FillBytes { to, byte, length })
    }

    /// An instruction fetch, from the start of a page.
    pub(super) fn fetch(&mut self) -> Option<Action> {
        let address = VirtAddr(self.address(Prot::PROT_EXEC).0 & !4095);
        Some(Action::Fetch { address })
    }
}
