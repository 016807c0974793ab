//! Where the dense drawing is looked at from: which frame lies where on the canvas, and how panning and zooming move it.

/// The smallest and the largest size of a frame, in pixels.
const LEAST: f64 = 0.2;
const LARGEST: f64 = 1664.0;

/// A view of the grid of frames.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Camera {
    /// Frames of a row, a power of two.
    pub columns: u32,
    /// Rows.
    pub rows: u32,
    /// What lies at the canvas's corner, in cells.
    pub x: f64,
    /// Likewise, downwards.
    pub y: f64,
    /// The size of a cell in pixels.
    pub scale: f64,
    /// The canvas's size in pixels.
    pub width: f64,
    /// Likewise, downwards.
    pub height: f64,
}

impl Camera {
    /// All of `total` frames on a canvas of this size.
    pub fn whole(total: u32, width: f64, height: f64) -> Camera {
        let wanted = (f64::from(total) * width / height.max(1.0)).sqrt();
        let mut columns = 1;
        while columns < 1 << 16 && f64::from(columns) * 1.5 < wanted {
            columns *= 2;
        }
        let rows = total.div_ceil(columns);
        let scale = (width / f64::from(columns)).min(height / f64::from(rows.max(1)));
        let camera = Camera {
            columns,
            rows,
            x: 0.0,
            y: 0.0,
            scale: scale.clamp(LEAST, LARGEST),
            width,
            height,
        };
        camera.kept()
    }

    /// The frame at a point of the canvas, whether or not the machine has it.
    pub fn frame_at(&self, x: f64, y: f64) -> Option<u32> {
        let (column, row) = (
            (self.x + x / self.scale).floor(),
            (self.y + y / self.scale).floor(),
        );
        let inside = column >= 0.0
            && row >= 0.0
            && column < f64::from(self.columns)
            && row < f64::from(self.rows);
        // Both are small and not negative.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        inside.then(|| row as u32 * self.columns + column as u32)
    }

    /// The corner of a frame on the canvas.
    pub fn place(&self, frame: u32) -> (f64, f64) {
        let (column, row) = (frame % self.columns.max(1), frame / self.columns.max(1));
        (
            (f64::from(column) - self.x) * self.scale,
            (f64::from(row) - self.y) * self.scale,
        )
    }

    /// Moved by so many pixels.
    pub fn panned(self, by_x: f64, by_y: f64) -> Camera {
        Camera {
            x: self.x - by_x / self.scale,
            y: self.y - by_y / self.scale,
            ..self
        }
        .kept()
    }

    /// So many times closer, with the point of the canvas where it is.
    pub fn zoomed(self, by: f64, x: f64, y: f64) -> Camera {
        let scale = (self.scale * by).clamp(LEAST, LARGEST);
        Camera {
            x: self.x + x / self.scale - x / scale,
            y: self.y + y / self.scale - y / scale,
            scale,
            ..self
        }
        .kept()
    }

    /// Moved as little as needed to show a frame whole, or its corner where it is larger than the canvas.
    pub fn showing(self, frame: u32) -> Camera {
        let (x, y) = self.place(frame);
        let by = |at: f64, room: f64| {
            let beyond = (at + self.scale - room).max(0.0).min(at.max(0.0));
            if at < 0.0 { -at } else { -beyond }
        };
        self.panned(by(x, self.width), by(y, self.height))
    }

    /// With the grid on the canvas: in its middle where it is smaller, without a gap at an edge where it is larger.
    fn kept(self) -> Camera {
        let kept = |at: f64, cells: u32, room: f64| {
            let spare = f64::from(cells) - room / self.scale;
            if spare < 0.0 {
                spare / 2.0
            } else {
                at.clamp(0.0, spare)
            }
        };
        Camera {
            x: kept(self.x, self.columns, self.width),
            y: kept(self.y, self.rows, self.height),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_ram_is_seen_whole_and_a_zoom_keeps_its_point() {
        let whole = Camera::whole(1 << 20, 1000.0, 700.0);
        assert_eq!((whole.columns, whole.rows), (1024, 1024));
        assert!(f64::from(whole.rows) * whole.scale <= 700.0);
        assert_eq!(whole.frame_at(0.0, 0.0), None, "it stands in the middle");
        let middle = whole.frame_at(500.0, 350.0);
        let close = whole.zoomed(40.0, 500.0, 350.0);
        assert_eq!(close.frame_at(500.0, 350.0), middle);
        assert_eq!(close.panned(1e9, 1e9).frame_at(0.0, 0.0), Some(0));
        let shown = close.showing(5000);
        let (x, y) = shown.place(5000);
        assert!(x >= 0.0 && y >= 0.0 && x + shown.scale <= 1000.0 && y + shown.scale <= 700.0);
    }
}
