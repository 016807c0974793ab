//! Whatever is selected, in full.

use abi::Pid;
use kernel::addr::{PAGE_SIZE, PageRange, Pfn, Vpn};
use kernel::mm::page_table::Pte;
use kernel::mm::table::{index_at, pages_at};
use kernel::phys::frame::Owner;

use super::Builder;
use super::cells::USER_SPACE;
use super::files::file_name;
use super::space::permissions;
use crate::cell::CellId;
use crate::figures::{long_size, short_size};
use crate::inspection::Inspection;
use crate::page_table::{PteView, level_name};

/// Names and values.
type Rows = Vec<(String, String)>;
/// A title, a sentence, and the rows.
pub type Telling = (String, String, Rows);

/// A name and its value.
pub fn row(name: &str, value: impl Into<String>) -> (String, String) {
    (name.into(), value.into())
}

impl Builder<'_> {
    /// What is to be said of a thing; none where it is no more.
    #[inline(never)]
    pub fn inspect(&self, id: CellId) -> Option<Inspection> {
        let (title, summary, rows) = match id {
            CellId::Page { pid, page } => self.inspect_page(pid, page)?,
            CellId::Frame(frame) => self.inspect_frame(frame)?,
            CellId::Vma { pid, start } => self.inspect_vma(pid, start)?,
            CellId::Gap { pid, start } => self.inspect_gap(pid, start)?,
            CellId::Entry { pid, level, page } => self.inspect_entry(pid, level, page)?,
            CellId::Process(pid) => self.inspect_process(pid)?,
            CellId::Tlb { pid, page, .. } => self.inspect_translation(pid, page)?,
            CellId::Node(number) => self.inspect_node(number),
            CellId::File(_) | CellId::Cached { .. } | CellId::Block { .. } => {
                self.inspect_file(id)?
            }
            CellId::Cpu(_) | CellId::Swap(_) | CellId::Register { .. } | CellId::Terminal(_) => {
                return None;
            }
        };
        let frame = self.frame_of(id);
        Some(Inspection {
            title,
            summary,
            rows,
            pte: self.pte_of(id),
            holders: frame.map_or(Vec::new(), |frame| self.holders(frame)),
            bytes: self.bytes_of(id),
            maps: self.maps_line(id),
            smaps: self.smaps_text(id),
        })
    }

    /// The frame that holds a thing.
    pub fn frame_of(&self, id: CellId) -> Option<Pfn> {
        let present = |pte| match pte {
            Pte::Present(present) => Some(present.frame),
            _ => None,
        };
        match id {
            CellId::Page { pid, page }
            | CellId::Tlb { pid, page, .. }
            | CellId::Entry {
                pid,
                level: 1,
                page,
            } => present(Pte::from(self.kernel().walk_to(pid, page)?.entry)),
            CellId::Frame(frame) => Some(frame).filter(|frame| self.in_use(*frame)),
            CellId::Cached { inode, index } => self.cached(inode, index),
            _ => None,
        }
    }

    /// Whether a frame is used for anything.
    fn in_use(&self, frame: Pfn) -> bool {
        self.kernel().frames().is_used(frame)
    }

    fn pte_of(&self, id: CellId) -> Option<PteView> {
        match id {
            CellId::Page { pid, page }
            | CellId::Entry {
                pid,
                level: 1,
                page,
            } => {
                let entry = self.kernel().walk_to(pid, page)?.entry;
                Some(PteView::new(page, entry))
            }
            _ => None,
        }
    }

    /// Everyone who holds a frame, in words.
    fn holders(&self, frame: Pfn) -> Vec<(CellId, String)> {
        let mapped = self.mappers.pages(frame).into_iter().map(|(pid, page)| {
            let pointers = self
                .kernel()
                .address_space(pid)
                .and_then(|space| space.vma_at(page));
            let names = pointers.map_or(Vec::new(), |vma| self.pointers(pid, vma.range));
            let name = names
                .first()
                .map_or(String::new(), |name| format!(" ({name})"));
            (
                CellId::Page { pid, page },
                format!("process {pid} at {}{name}", page.address()),
            )
        });
        let mut holders: Vec<(CellId, String)> = mapped.collect();
        if self.in_use(frame)
            && let Owner::Cache { inode, index } = self.kernel().frames().get(frame).owner
        {
            let words = format!(
                "the page cache: page {} of {}",
                index.0,
                file_name(self.kernel(), inode)
            );
            holders.push((CellId::Cached { inode, index }, words));
        }
        holders
    }

    fn inspect_page(&self, pid: Pid, page: Vpn) -> Option<Telling> {
        let space = self.kernel().address_space(pid)?;
        let title = format!("Page {} of process {pid}", page.address());
        let Some(vma) = space.vma_at(page) else {
            return Some((
                title,
                "Nothing is mapped here: an access is a segmentation fault.".into(),
                Vec::new(),
            ));
        };
        let entry = Pte::from(self.kernel().walk_to(pid, page)?.entry);
        let summary = match entry {
            Pte::Present(pte) if pte.frame.0 == 0 => "It shows the shared page of zeros.".into(),
            Pte::Present(pte) => format!("It is in frame {}.", pte.frame.0),
            Pte::Swap(slot) => {
                format!("It is in swap slot {slot}: the next access brings it back.")
            }
            Pte::Guard => "It is a guard: every access is a segmentation fault.".into(),
            Pte::None => {
                "It has no frame yet: the next access faults, and the kernel finds one.".to_string()
            }
        };
        let mut rows = vec![
            row("mapping", self.vma_title(pid, vma.range.start)),
            row("rights", permissions(vma)),
        ];
        if let Some(inode) = vma.inode() {
            rows.push(row("page of the file", vma.index_of(page).0.to_string()));
            rows.push(row("file", file_name(self.kernel(), inode)));
        }
        Some((title, summary, rows))
    }

    fn inspect_frame(&self, pfn: Pfn) -> Option<Telling> {
        let title = format!("Frame {}", pfn.0);
        if !self.in_use(pfn) {
            let exists = pfn.0 < self.kernel().frames().total();
            return exists.then(|| (title, "It is free.".into(), Vec::new()));
        }
        let frame = self.kernel().frames().get(pfn);
        let summary = match frame.owner {
            Owner::Free => "It is free.".into(),
            Owner::Zero => {
                "The one page of zeros, for all memory that was only read so far.".into()
            }
            Owner::Anonymous { .. } => "It holds a page of anonymous memory.".into(),
            Owner::Cache { inode, index } => {
                format!(
                    "It holds page {} of `{}`, in the page cache.",
                    index.0,
                    file_name(self.kernel(), inode)
                )
            }
        };
        let flags: Vec<&str> = frame.flags.iter_names().map(|(name, _)| name).collect();
        let rows = vec![
            row("mapped by", self.mapcounts.of(pfn).to_string()),
            row("node", self.kernel().frames().node_of(pfn).to_string()),
            row(
                "flags",
                flags.join(" ").to_ascii_lowercase().replace('_', "-"),
            ),
        ];
        Some((title, summary, rows))
    }

    fn inspect_vma(&self, pid: Pid, start: Vpn) -> Option<Telling> {
        let vma = self.kernel().address_space(pid)?.vma_at(start)?;
        let present = self
            .kernel()
            .entries(pid, vma.range)
            .filter(|(_, entry)| entry.is_present())
            .count();
        let sharing = match vma.sharing {
            kernel::mm::vma::Sharing::Private => "Private: stores stay with this process.",
            kernel::mm::vma::Sharing::Shared => {
                "Shared: stores are seen by everyone who maps the same object."
            }
        };
        let rows = vec![
            row("from", vma.range.start.address().to_string()),
            row("to", vma.range.end.address().to_string()),
            row(
                "size",
                long_size(vma.range.pages().saturating_mul(PAGE_SIZE)),
            ),
            row("rights", permissions(vma)),
            row("pages present", present.to_string()),
        ];
        Some((
            format!("Mapping {}", self.vma_title(pid, start)),
            sharing.into(),
            rows,
        ))
    }

    fn inspect_gap(&self, pid: Pid, start: Vpn) -> Option<Telling> {
        let space = self.kernel().address_space(pid)?;
        if space.vma_at(start).is_some() {
            return None;
        }
        let above = PageRange::new(start, USER_SPACE.end);
        let next = space.vmas_in(above).next();
        let end = next.map_or(USER_SPACE.end, |vma| vma.range.start);
        let pages = PageRange::new(start, end).pages();
        let rows = vec![
            row("from", start.address().to_string()),
            row("to", end.address().to_string()),
            row("size", long_size(pages.saturating_mul(PAGE_SIZE))),
        ];
        Some((
            format!("Nothing, in process {pid}"),
            "No mapping is here: every access is a segmentation fault. It costs nothing: the page table has no entries for it.".into(),
            rows,
        ))
    }

    fn vma_title(&self, pid: Pid, start: Vpn) -> String {
        let space = self.kernel().address_space(pid);
        let found = space.and_then(|space| Some((space, space.vma_at(start)?)));
        let Some((space, vma)) = found else {
            return String::new();
        };
        let mut words = self.pointers(pid, vma.range);
        words.push(self.vma_name(pid, space, vma));
        words.join(" ")
    }

    fn inspect_entry(&self, pid: Pid, level: u8, page: Vpn) -> Option<Telling> {
        let walk = self.kernel().walk_to(pid, page)?;
        let name = level_name(level);
        let index = index_at(level.clamp(1, 4), page);
        let covers = long_size(pages_at(level.clamp(1, 4)).saturating_mul(PAGE_SIZE));
        let summary = match (level, walk.levels) {
            (1, 4) => "It holds the number of a frame and what may be done with it.",
            (1, _) => "It is empty: an access here traps.",
            (level, levels) if levels > 4 - level => "It leads to a node of the next level.",
            _ => "It is empty: nothing below it was ever needed.",
        };
        let rows = vec![
            row("index", index.to_string()),
            row("covers", covers),
            row("for", page.address().to_string()),
        ];
        Some((
            format!("{name} entry {index} of process {pid}"),
            summary.into(),
            rows,
        ))
    }

    fn inspect_process(&self, pid: Pid) -> Option<Telling> {
        let figures = self.figures();
        let figures = figures
            .processes
            .iter()
            .find(|figures| figures.pid == pid)?;
        let rows = vec![
            row("virtual size", short_size(figures.virtual_size)),
            row("RSS", short_size(figures.rss)),
            row("of it anonymous", short_size(figures.rss_of.anonymous)),
            row("of it file", short_size(figures.rss_of.file)),
            row(
                "of it shared memory",
                short_size(figures.rss_of.shared_memory),
            ),
            row("PSS", short_size(figures.pss)),
            row("USS", short_size(figures.uss)),
            row("page tables", short_size(figures.page_tables)),
            row("minor faults", figures.minor_faults.to_string()),
            row("major faults", figures.major_faults.to_string()),
        ];
        let parent = self.kernel().tasks().get(pid)?.parent;
        let summary = parent.map_or("It is the first of the lab's program.".into(), |parent| {
            format!("It was forked by process {parent}.")
        });
        Some((format!("Process {pid}"), summary, rows))
    }

    fn inspect_translation(&self, pid: Pid, page: Vpn) -> Option<Telling> {
        let space = self.kernel().address_space(pid)?;
        let entry = self.kernel().tlb().lookup(space.asid, page)?;
        let stale = self
            .kernel()
            .walk_to(pid, page)
            .is_none_or(|walk| walk.entry.frame() != entry.frame());
        let summary = match stale {
            true => "It is stale: the page table says something else by now.",
            false => "The processor uses it without a look at the page table.",
        };
        let rows = vec![
            row("page", page.address().to_string()),
            row("frame", entry.frame().0.to_string()),
        ];
        Some((
            format!("Translation of process {pid}"),
            summary.into(),
            rows,
        ))
    }

    fn inspect_node(&self, number: u8) -> Telling {
        let node = self.nodes().into_iter().find(|node| node.number == number);
        let (frames, free) = node.map_or((0, 0), |node| (node.frames, node.free));
        let rows = vec![
            row("frames", frames.to_string()),
            row("free", free.to_string()),
        ];
        (
            format!("Node {number}"),
            "RAM that is near to one group of processors.".into(),
            rows,
        )
    }

    /// The VMA's line of `/proc/PID/maps`.
    fn maps_line(&self, id: CellId) -> Option<String> {
        let (pid, head) = self.maps_head(id)?;
        let maps = self.kernel().maps_text(pid);
        maps.lines()
            .find(|line| line.starts_with(&head))
            .map(str::to_string)
    }

    /// The VMA's entry of `/proc/PID/smaps`, its first line left out.
    fn smaps_text(&self, id: CellId) -> Option<String> {
        let (pid, head) = self.maps_head(id)?;
        let smaps = self.kernel().smaps_text(pid);
        let mut lines = smaps
            .lines()
            .skip_while(|line| !line.starts_with(&head))
            .skip(1);
        let is_field = |line: &&str| {
            line.split_whitespace()
                .next()
                .is_some_and(|word| word.ends_with(':'))
        };
        let fields: Vec<&str> = lines.by_ref().take_while(is_field).collect();
        Some(fields.join("\n"))
    }

    /// How the line of the VMA that is meant begins in maps and smaps.
    fn maps_head(&self, id: CellId) -> Option<(Pid, String)> {
        let (CellId::Vma { pid, start: page } | CellId::Page { pid, page }) = id else {
            return None;
        };
        let vma = self.kernel().address_space(pid)?.vma_at(page)?;
        Some((pid, format!("{:08x}-", vma.range.start.address().0)))
    }
}
