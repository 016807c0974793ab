//! The fault's decision path: each question in the order in which the kernel asked it, and what it came to.

use kernel::{Access, Decision, Event, Fault, FaultKind};

use crate::explanation::DecisionView;
use crate::told::Told;

/// The questions with the answers given, the action that followed, and the one that did not.
pub fn decisions(told: &Told, fault: &Fault) -> Vec<DecisionView> {
    let asked = fault.path.iter().map(|decision| {
        let (question, answer) = question(told, fault, decision);
        DecisionView {
            question,
            answer,
            taken: true,
            end: false,
        }
    });
    let (done, instead) = actions(told, fault);
    let end = |question: String, taken| DecisionView {
        question,
        answer: String::new(),
        taken,
        end: true,
    };
    let ends = [end(done, true)]
        .into_iter()
        .chain(instead.map(|words| end(words.into(), false)));
    asked.chain(ends).collect()
}

fn question(told: &Told, fault: &Fault, decision: Decision) -> (String, String) {
    let yes_no = |yes: bool| String::from(if yes { "yes" } else { "no" });
    let (question, answer) = match decision {
        Decision::Present { yes: true, .. } => ("PTE present?", "yes".into()),
        Decision::Present { levels: 3.., .. } => ("PTE present?", "no, trap".into()),
        Decision::Present { levels, .. } => (
            "PTE present?",
            format!("no: {levels} of 4 levels exist, trap"),
        ),
        Decision::PteWritable { yes: true } => ("Write allowed by the PTE?", "yes".into()),
        Decision::PteWritable { yes: false } => ("Write allowed by the PTE?", "no, trap".into()),
        Decision::VmaFound { vma: None } => ("Is there a VMA at the address?", "no".into()),
        Decision::VmaFound { vma: Some(start) } => {
            let name = told.area_name(fault.pid, start);
            ("Is there a VMA at the address?", format!("yes, {name}"))
        }
        Decision::StackBelow { yes } => ("Just below the stack?", yes_no(yes)),
        Decision::Allowed { yes } => (
            allowed_question(fault.access),
            allowed_answer(told, fault, yes),
        ),
        Decision::FileBacked { inode: None } => ("File or anonymous?", "anonymous".into()),
        Decision::FileBacked { .. } if shared_memory(told, fault) => {
            ("File or anonymous?", "shared memory".into())
        }
        Decision::Cached { yes, .. } if shared_memory(told, fault) => {
            ("Is the page there already?", yes_no(yes))
        }
        Decision::FileBacked { inode: Some(inode) } => (
            "File or anonymous?",
            format!("file `{}`", told.names.file(inode)),
        ),
        Decision::Private { yes: true } => ("Private mapping?", "yes".into()),
        Decision::Private { yes: false } => ("Private mapping?", "no, shared".into()),
        Decision::WithinObject { yes, index } => (
            "Before the end of the file?",
            format!("{}, page {}", yes_no(yes), index.0),
        ),
        Decision::Cached { yes: true, .. } => ("In the page cache?", "yes".into()),
        Decision::Cached { yes: false, .. } => ("In the page cache?", "no, ask the disk".into()),
        Decision::LastSharer { yes: true, .. } => ("Am I the only one mapping it?", "yes".into()),
        Decision::LastSharer {
            yes: false,
            mappers,
        } => (
            "Am I the only one mapping it?",
            format!("no, {mappers} map it"),
        ),
        Decision::ZeroPage { yes } => ("Is it the zero page?", yes_no(yes)),
    };
    (question.into(), answer)
}

fn shared_memory(told: &Told, fault: &Fault) -> bool {
    let page = kernel::addr::Vpn::containing(fault.address);
    told.backing(fault.pid, page) == Some(crate::scene::BackingKind::Shmem)
}

const fn allowed_question(access: Access) -> &'static str {
    match access {
        Access::Read => "Does the VMA allow reading?",
        Access::Write => "Does the VMA allow writing?",
        Access::Execute => "Does the VMA allow execution?",
    }
}

fn allowed_answer(told: &Told, fault: &Fault, yes: bool) -> String {
    let word = if yes { "yes" } else { "no" };
    match told
        .names
        .area(fault.pid, kernel::addr::Vpn::containing(fault.address))
    {
        Some(area) => format!("{word}, {}", area.permissions),
        None => word.into(),
    }
}

/// What was done, and what would have been done with the other answer to the last question.
fn actions(told: &Told, fault: &Fault) -> (String, Option<&'static str>) {
    let page = kernel::addr::Vpn::containing(fault.address);
    let mapped = told.events.iter().find_map(|event| match event {
        Event::PteChanged {
            pid,
            page: changed,
            new,
            ..
        } if (*pid, *changed) == (fault.pid, page) => new.present().map(|new| new.frame.0),
        _ => None,
    });
    let frame = mapped.map_or("the frame".into(), |number| format!("frame {number}"));
    let copied = told.events.iter().find_map(|event| match event {
        Event::CowBroken { from, to, .. } => {
            Some(format!("Copy frame {} to frame {}", from.0, to.0))
        }
        _ => None,
    });
    match fault.kind {
        FaultKind::ZeroPageRead => (
            "Map the zero page".into(),
            Some("Give it a frame of its own"),
        ),
        FaultKind::AnonymousAllocate => (
            format!("Fill {frame} with zeros and map it"),
            Some("Map the zero page"),
        ),
        FaultKind::FileMinor if shared_memory(told, fault) => {
            let new = fault
                .path
                .iter()
                .any(|decision| matches!(decision, Decision::Cached { yes: false, .. }));
            let (fill, map) = (
                format!("Fill {frame} with zeros and map it"),
                format!("Map {frame}, which others use, too"),
            );
            if new {
                (fill, Some("Map the frame of the others"))
            } else {
                (map, Some("Fill a new frame with zeros"))
            }
        }
        FaultKind::CopyOnWrite if copied.is_none() => (
            format!("Fill {frame} with zeros and map it"),
            Some("Copy the frame"),
        ),
        FaultKind::FileMinor => (
            copied.unwrap_or(format!("Map {frame} of the page cache")),
            Some("Read it from the disk"),
        ),
        FaultKind::FileMajor => (
            copied.unwrap_or(format!("Read it from the disk to {frame}, then map")),
            Some("Map what is cached"),
        ),
        FaultKind::CopyOnWrite => (
            copied.unwrap_or(format!("Copy it to {frame}")),
            Some("Reuse the frame"),
        ),
        FaultKind::CopyOnWriteReuse => (
            format!("Reuse {frame}: set its writable bit"),
            Some("Copy the frame"),
        ),
        FaultKind::SharedWriteNotify => (
            format!("Mark {frame} dirty and make it writable"),
            Some("Copy the frame"),
        ),
        FaultKind::SwapIn => (format!("Read it from swap to {frame}"), None),
        FaultKind::StackGrow => ("Let the stack grow".into(), Some("Raise SIGSEGV")),
        FaultKind::Spurious => ("Nothing to do: try again".into(), None),
        FaultKind::SegvMapErr => ("Raise SIGSEGV, SEGV_MAPERR".into(), Some("Serve the fault")),
        FaultKind::SegvAccErr => ("Raise SIGSEGV, SEGV_ACCERR".into(), Some("Serve the fault")),
        FaultKind::BusAdrErr => (
            "Raise SIGBUS, BUS_ADRERR".into(),
            Some("Look in the page cache"),
        ),
    }
}
