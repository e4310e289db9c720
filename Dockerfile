# docker build -t format-advisor . && docker run -p 8501:8501 -v format-advisor:/data format-advisor
# Under another name than localhost: -e STREAMLIT_SERVER_ALLOWED_HOSTS=advisor.example.com

FROM python:3.11-slim AS packages
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv .venv && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

FROM python:3.11-slim
# bubblewrap: the outer wall of the sandbox, where the host lets a container make namespaces. Elsewhere Landlock and
# seccomp stand alone; SECURITY.md says what that is worth. libgomp1: LightGBM's threads.
RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 advisor \
    && install -d -o advisor /data
WORKDIR /app
COPY --from=packages /app/.venv .venv
COPY LICENSE app.py ./
COPY .streamlit .streamlit
COPY advisor advisor
COPY store store
COPY benchmarks benchmarks
COPY reviews reviews
COPY pages pages
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    FORMAT_ADVISOR_DATA=/data
USER advisor
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501"]
