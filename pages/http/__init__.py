"""The web application's HTTP side beyond Streamlit's own: headers, limits, uploads and downloads."""
