"""One thin file per page of the web application: widgets, one call, rendering."""
