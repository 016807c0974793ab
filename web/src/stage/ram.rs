//! The lane of RAM: frames by NUMA node, long free runs folded.

use view::Scene;

use super::shape::{Item, Look, Pen, Rect, Target};
use super::{Area, cell};

/// Draws the lane; gives its bottom.
pub fn draw(pen: &mut Pen, scene: &Scene, area: Area) -> i32 {
    let Area { x, width, size, .. } = area;
    pen.text(x, area.y + 14, "lane", "RAM");
    let mut y = area.y + 28;
    let columns = size.columns(width);
    let used_width = columns * size.pitch() - size.gap;
    for node in &scene.nodes {
        pen.row(vec![Item {
            target: Target::Cell(node.id),
            rect: Rect::new(x - 4, y, used_width + 8, 24),
            look: Look::Area,
            label: format!(
                "node {}, {} of {} frames free",
                node.number, node.free, node.frames
            ),
        }]);
        pen.text(x, y + 16, "small strong", format!("node {}", node.number));
        let free = format!("{} free", node.free);
        pen.text_end(x + used_width, y + 16, "tiny soft", free);
        y = cell::runs(pen, node.id, &node.runs, x, y + 26, width, size) + 18;
    }
    if let Some(swap) = &scene.swap {
        pen.text(x, y + 16, "small strong", "swap");
        let used = format!("{} of {} used", swap.used, swap.slots);
        pen.text_end(x + used_width, y + 16, "tiny soft", used);
        let run = view::PageRun::Cells(swap.cells.clone());
        y = cell::runs(pen, view::CellId::Swap(0), &[run], x, y + 26, width, size) + 18;
    }
    y - 18
}
