//! Scenes, motions and explanations in text: what tests compare, and what someone who does not see the drawing can read.

use std::fmt::{self, Display, Formatter};

use kernel::addr::PAGE_SIZE;
use kernel::observe::{ProcessFigures, SystemFigures};

use crate::bytes::hex;
use crate::explanation::Explanation;
use crate::figures::{long_size, short_size};
use crate::scene::*;
use crate::transition::{Motion, Transition};

impl Display for Scene {
    /// One line for each thing, lane by lane.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.cpus.iter().try_for_each(|cpu| writeln!(f, "{cpu}"))?;
        self.processes
            .iter()
            .try_for_each(|process| write!(f, "{process}"))?;
        if let Some(table) = &self.page_table {
            write!(f, "page table of {} for {}:", table.pid, table.address)?;
            for level in &table.levels {
                write!(
                    f,
                    " {} {}{}",
                    level.name,
                    level.index,
                    if level.exists { "" } else { " (no node)" }
                )?;
            }
            write!(f, ": {}", table.pte)?;
            match &table.was {
                Some(was) => writeln!(f, ", was {was}")?,
                None => writeln!(f)?,
            }
        }
        self.nodes
            .iter()
            .try_for_each(|node| writeln!(f, "{node}"))?;
        self.files
            .iter()
            .try_for_each(|file| writeln!(f, "{file}"))?;
        self.figures
            .processes
            .iter()
            .try_for_each(|figures| writeln!(f, "{}", OfProcess(figures)))?;
        write!(f, "{}", OfMachine(&self.figures.system))
    }
}

impl Display for CpuView {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("cpu")?;
        if let Some(access) = &self.access {
            write!(
                f,
                ": process {}, {} at {}",
                access.pid, access.what, access.address
            )?;
        }
        for entry in &self.tlb {
            let rights = if entry.writable { "rw" } else { "r-" };
            let flushed = if entry.flushed { " flushed" } else { "" };
            write!(
                f,
                "\n  tlb {} {:x} -> {} {rights}{flushed}",
                entry.pid, entry.page.0, entry.frame.0
            )?;
        }
        Ok(())
    }
}

impl Display for ProcessState {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            ProcessState::Runnable => f.write_str("can run"),
            ProcessState::Blocked => f.write_str("waits"),
            ProcessState::Zombie { status } => write!(f, "ended with {status}"),
        }
    }
}

impl Display for ProcessView {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.pid)?;
        if let Some(parent) = self.parent {
            write!(f, " of {parent}")?;
        }
        write!(f, ": {}", self.state)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ", {} pages mapped", self.pages_mapped)?;
        if let Some(sharing) = self.sharing {
            write!(f, ", {sharing}")?;
        }
        writeln!(f)?;
        for variable in &self.variables {
            writeln!(
                f,
                "  {} {} = {}",
                variable.type_name, variable.name, variable.value
            )?;
        }
        for item in &self.space {
            match item {
                SpaceItem::Gap(gap) => writeln!(f, "  ... {} unmapped", gap.size)?,
                SpaceItem::Vma(vma) => writeln!(f, "  {vma}")?,
            }
        }
        Ok(())
    }
}

impl Display for VmaView {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:x} {}", self.range.start.0, self.permissions)?;
        self.pointers
            .iter()
            .try_for_each(|pointer| write!(f, " {pointer}"))?;
        write!(f, " {}:", self.name)?;
        self.runs.iter().try_for_each(|run| write!(f, " {run}"))
    }
}

impl Display for PageRun {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            PageRun::Elided {
                count, present: 0, ..
            } => write!(f, "({count})"),
            PageRun::Elided { count, present, .. } => write!(f, "({count}, {present} present)"),
            PageRun::Cells(cells) => {
                let words: Vec<String> = cells.iter().map(ToString::to_string).collect();
                f.write_str(&words.join(" "))
            }
        }
    }
}

impl Display for NodeView {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "node {}: {} of {} frames free:",
            self.number, self.free, self.frames
        )?;
        for run in &self.runs {
            match run {
                PageRun::Elided { .. } => write!(f, " {run}")?,
                PageRun::Cells(cells) => {
                    let used = cells
                        .iter()
                        .filter(|cell| cell.kind != crate::cell::PageKind::Free);
                    for cell in used {
                        let number = cell.frame.map_or(0, |frame| frame.0);
                        write!(f, " {number}:{}{}", cell.kind.class(), cell.marks.letters())?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Display for FileView {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "file {}, {}:", self.name, self.size_words)?;
        for run in &self.pages {
            match run {
                FileRun::Elided {
                    count, cached: 0, ..
                } => write!(f, " ({count})")?,
                FileRun::Elided { count, cached, .. } => write!(f, " ({count}, {cached} cached)")?,
                FileRun::Page(page) => {
                    write!(f, " {}:{}", page.index.0, page.cell)?;
                    if let Some(block) = &page.block {
                        let differs = if block.differs { " differs" } else { "" };
                        write!(f, "[{}{differs}]", hex(&block.preview))?;
                    }
                }
            }
        }
        match &self.note {
            Some(note) => write!(f, " {note}"),
            None => Ok(()),
        }
    }
}

/// The numbers of a process.
struct OfProcess<'a>(&'a ProcessFigures);

impl Display for OfProcess<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let OfProcess(of) = self;
        let sizes = [("RSS", of.rss), ("PSS", of.pss), ("USS", of.uss)];
        write!(f, "figures of {}:", of.pid)?;
        sizes
            .iter()
            .try_for_each(|(name, size)| write!(f, " {name} {}", short_size(*size)))?;
        write!(f, ", faults {} + {}", of.minor_faults, of.major_faults)
    }
}

/// The numbers of the machine.
struct OfMachine<'a>(&'a SystemFigures);

impl Display for OfMachine<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let OfMachine(of) = self;
        write!(
            f,
            "machine: {} free of {}, {} cached, {} dirty",
            long_size(of.free),
            long_size(of.ram),
            long_size(of.cached),
            of.dirty / PAGE_SIZE
        )
    }
}

impl Display for Motion {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)?;
        if let Some(from) = self.from {
            write!(f, " {from} to")?;
        }
        write!(f, " {}: {}", self.to, self.words)
    }
}

impl Display for Transition {
    /// One motion a line.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.motions.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl Display for Explanation {
    /// Heading, sentence, paragraph, then the decision path.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "[{}] {}", self.kind, self.headline)?;
        write!(f, "{}", self.why)?;
        for decision in &self.decisions {
            let mark = match (decision.end, decision.taken) {
                (false, _) => "-",
                (true, true) => "=>",
                (true, false) => "not:",
            };
            write!(f, "\n{mark} {}", decision.question)?;
            if !decision.answer.is_empty() {
                write!(f, " {}", decision.answer)?;
            }
        }
        for change in &self.ptes {
            write!(
                f,
                "\nPTE of {}: {}, was {}",
                change.page.address(),
                change.new,
                change.old
            )?;
        }
        self.also
            .iter()
            .try_for_each(|sentence| write!(f, "\nalso: {sentence}"))
    }
}
