"""The addresses beyond Streamlit's own."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pages.http.files import send_file
from pages.http.models import receive_model, unknown

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def routes(default_page: str) -> list[Route]:
    """`default_page`: the page that Streamlit shows at / and knows by no other address."""

    async def open_default_page(request: Request) -> Response:
        """Sends /advise to / and keeps the answers."""
        return RedirectResponse(f"./?{request.url.query}")

    return [
        Route(f"/{default_page}", open_default_page),
        Route("/download/{run}/{what}", send_file),
        Route("/api/models", receive_model, methods=["POST"]),
        Route("/api", unknown, methods=METHODS),
        Route("/api/{rest:path}", unknown, methods=METHODS),
    ]
