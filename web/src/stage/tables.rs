//! The stage as real tables: what is drawn, row by row, for those who read it instead.

use view::{Cell, FileRun, Marks, PageRun, Scene, SpaceItem};
use yew::prelude::*;

use super::cell;
use super::page_table::{pte_line, state_words};

/// One table for each lane.
pub fn tables(scene: &Scene, id: &'static str, label: &'static str) -> Html {
    html! {
        <div class="tables" {id} tabindex="0" role="region" aria-label={label}>
            { table("TLB", &["page", "process", "frame", "rights"], tlb(scene)) }
            { table("Address spaces", &["process", "mapping", "from", "rights", "pages"], spaces(scene)) }
            { table("Page table", &["level", "index", "holds"], page_table(scene)) }
            { table("RAM", &["node", "frame", "state"], frames(scene)) }
            { table("Page cache and disk", &["file", "page", "cache", "disk"], files(scene)) }
            <p>{ letters() }</p>
        </div>
    }
}

/// What the letters behind a frame's number mean.
fn letters() -> String {
    let meaning = |(_, letter, meaning): &(Marks, char, &str)| format!("{letter} {meaning}");
    let marks: Vec<String> = Marks::KEY.iter().map(meaning).collect();
    format!(
        "Behind a frame’s number: {}. Z the zero page; X swapped out; . not present.",
        marks.join("; ")
    )
}

fn table(caption: &'static str, heads: &[&'static str], rows: Vec<Vec<String>>) -> Html {
    let head = heads
        .iter()
        .map(|head| html! { <th scope="col">{ *head }</th> });
    let row = |(key, row): (usize, Vec<String>)| {
        html! { <tr {key}>{ for row.into_iter().map(|text| html! { <td>{ text }</td> }) }</tr> }
    };
    html! {
        <table>
            <caption>{ caption }</caption>
            <thead><tr>{ for head }</tr></thead>
            <tbody>{ for rows.into_iter().enumerate().map(row) }</tbody>
        </table>
    }
}

fn tlb(scene: &Scene) -> Vec<Vec<String>> {
    let entries = scene.cpus.iter().flat_map(|cpu| &cpu.tlb);
    let row = |entry: &view::TlbEntryView| {
        let rights = match (entry.flushed, entry.writable) {
            (true, _) => "flushed",
            (false, true) => "read, write",
            (false, false) => "read",
        };
        vec![
            format!("{:#x}", entry.page.address().0),
            entry.pid.to_string(),
            entry.frame.0.to_string(),
            rights.to_owned(),
        ]
    };
    entries.map(row).collect()
}

fn spaces(scene: &Scene) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for process in &scene.processes {
        for vma in process.space.iter().filter_map(SpaceItem::vma) {
            let names = [vma.pointers.join(", "), vma.name.clone()];
            let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
            rows.push(vec![
                process.pid.to_string(),
                names.join(": "),
                format!("{:#x}", vma.range.start.address().0),
                vma.permissions.clone(),
                run_words(&vma.runs),
            ]);
        }
    }
    rows
}

fn run_words(runs: &[PageRun]) -> String {
    let words = runs.iter().map(|run| match run {
        PageRun::Cells(cells) => {
            let cells: Vec<String> = cells.iter().map(Cell::to_string).collect();
            cells.join(" ")
        }
        PageRun::Elided { count, present, .. } => format!("{count} more ({present} present)"),
    });
    words.collect::<Vec<String>>().join(" ")
}

fn page_table(scene: &Scene) -> Vec<Vec<String>> {
    let Some(table) = &scene.page_table else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    for level in &table.levels {
        let entry = level.entries.iter().find(|entry| entry.on_path);
        let holds = match entry {
            Some(entry) if level.exists => state_words(entry.state),
            _ => "no table".to_owned(),
        };
        rows.push(vec![level.name.to_owned(), level.index.to_string(), holds]);
    }
    let page = format!("{:#x}", table.page.address().0);
    rows.push(vec!["PTE bits".to_owned(), page, pte_line(&table.pte)]);
    rows
}

fn frames(scene: &Scene) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for node in &scene.nodes {
        for run in &node.runs {
            match run {
                PageRun::Cells(cells) => rows.extend(cells.iter().filter_map(|cell| {
                    let frame = cell.frame?;
                    let words = cell::words(cell);
                    let state = words.split_once(", ").map_or("", |(_, state)| state);
                    Some(vec![
                        node.number.to_string(),
                        frame.0.to_string(),
                        state.to_owned(),
                    ])
                })),
                PageRun::Elided {
                    first,
                    count,
                    present,
                } => rows.push(vec![
                    node.number.to_string(),
                    format!("{count} frames from {first}"),
                    format!("{present} in use"),
                ]),
            }
        }
    }
    rows
}

fn files(scene: &Scene) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for file in &scene.files {
        for run in &file.pages {
            rows.push(match run {
                FileRun::Page(page) => vec![
                    file.name.clone(),
                    page.index.0.to_string(),
                    page.cell.to_string(),
                    page.block.as_ref().map_or_else(String::new, |block| {
                        let differs = if block.differs { " (differs)" } else { "" };
                        view::bytes::hex(&block.preview) + differs
                    }),
                ],
                FileRun::Elided {
                    first,
                    count,
                    cached,
                } => vec![
                    file.name.clone(),
                    format!("{count} from {}", first.0),
                    format!("{cached} cached"),
                    String::new(),
                ],
            });
        }
    }
    rows
}
