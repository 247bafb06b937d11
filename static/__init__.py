"""Style sheets and ES modules shared by the viewer and the static export."""
