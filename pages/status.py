"""Status: what protects this server, what it allows, and what it is doing."""

import streamlit as st

from pages.view import protection, usage

st.title("Status of this server", anchor=False)
st.subheader("Protection from models", anchor=False)
protection.show()
st.subheader("Runs and disk", anchor=False)
usage.show()
st.subheader("Limits and settings", anchor=False)
usage.settings_table()
