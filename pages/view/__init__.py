"""What the pages draw with: questions, routes and recommendations as widgets and text. No rule, no
arithmetic.
"""
