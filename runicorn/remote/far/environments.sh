# Name every Python environment of this account: one JSON line each, written by the environment's own Python.
# POSIX sh; $probe is set before. Everything runs with standard input closed: this script is read from it.
exec 2>/dev/null
cd / || exit 1

candidate() { # type, name, folder or interpreter
    python=$3
    [ -d "$python" ] && python=$3/bin/python3
    [ -x "$python" ] || python=$3/bin/python
    [ -x "$python" ] && [ ! -d "$python" ] && "$python" -c "$probe" "$1" "$2" "$python" </dev/null
}

conda() { # folder, name
    [ -d "$1/conda-meta" ] && candidate conda "$2" "$1"
}

conda_base() {
    conda "$1" base
    for folder in "$1"/envs/*; do
        conda "$folder" "${folder##*/}"
    done
}

venv() {
    [ -f "$1/pyvenv.cfg" ] || return
    name=${1##*/}
    case $name in
        .venv | venv | env | .env) name=${1%/*} name=${name##*/} ;;
    esac
    if grep -q '^uv *=' "$1/pyvenv.cfg"; then
        candidate uv "$name" "$1"
    elif grep -q '^virtualenv *=' "$1/pyvenv.cfg"; then
        candidate virtualenv "$name" "$1"
    else
        candidate venv "$name" "$1"
    fi
}

for name in python3 python; do
    found=$(command -v "$name") && candidate system system "$found" && break
done

for folder in "$HOME"/miniconda3 "$HOME"/anaconda3 "$HOME"/miniforge3 "$HOME"/mambaforge "$HOME"/micromamba \
    "$HOME"/conda "$HOME"/.conda /opt/conda /opt/miniconda3 /opt/anaconda3 /opt/miniforge3 /opt/mambaforge \
    /usr/local/miniconda3 /usr/local/anaconda3 "${MAMBA_ROOT_PREFIX:-/nowhere}" "${CONDA_PREFIX:-/nowhere}"; do
    conda_base "$folder"
done
if [ -r "$HOME/.conda/environments.txt" ]; then
    while IFS= read -r folder; do
        conda "$folder" "${folder##*/}"
    done <"$HOME/.conda/environments.txt"
fi

for folder in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*; do
    candidate pyenv "${folder##*/}" "$folder"
done

for folder in "${XDG_DATA_HOME:-$HOME/.local/share}"/uv/python/*; do
    candidate uv "${folder##*/}" "$folder"
done

for folder in "${VIRTUAL_ENV:-/nowhere}" "${WORKON_HOME:-$HOME/.virtualenvs}"/* "$HOME"/.venvs/* "$HOME"/venvs/* \
    "$HOME"/envs/* "$HOME"/.venv "$HOME"/venv "$HOME"/env "$HOME"/*/.venv "$HOME"/*/venv "$HOME"/*/env \
    "$HOME"/*/*/.venv "$HOME"/*/*/venv "$HOME"/.local/share/virtualenvs/* "$HOME"/.local/share/runicorn/* \
    "$HOME"/.cache/pypoetry/virtualenvs/* "$HOME"/.local/pipx/venvs/* "$HOME"/.local/share/pipx/venvs/*; do
    venv "$folder"
done
exit 0
